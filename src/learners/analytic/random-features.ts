import { Rng } from '../../core/rng.ts';
import type { Row, RowShape } from '../row.ts';

export interface RandomFeatureOptions {
  readonly shape: RowShape;
  /** How many features there are, linear ones included. */
  readonly count: number;
  readonly seed: number;
}

/** Inputs that one feature looks at: few, so that a sparse row costs little, and enough to mix. */
const FAN_IN = 32;
/** Thresholds in standard deviations of the projection: about a third of the features is active for an input. */
const LOWEST_THRESHOLD = 0;
const HIGHEST_THRESHOLD = 1;

/**
 * A fixed random layer of rectified sums (random vector functional link, Pao et al. 1994, doi 10.1016/0925-2312(94)90053-1; as RanPAC puts it
 * before its statistics, arXiv 2307.02251). Weights follow from the seed and are never stored. Where the dense block fits into
 * half of the features it is passed on as it is too.
 */
export class RandomFeatures {
  readonly count: number;
  /** Places of the active features, ascending; the first {@link active} entries count. */
  readonly indices: Int32Array;
  /** Their values. */
  readonly values: Float32Array;
  active = 0;
  readonly #linear: number;
  readonly #denseSize: number;
  /** The weights by input: `#starts[input]` to `#starts[input + 1]` in the two that follow. */
  readonly #starts: Int32Array;
  readonly #targets: Int32Array;
  readonly #weights: Float32Array;
  readonly #thresholds: Float32Array;
  readonly #sums: Float32Array;

  constructor({ shape, count, seed }: RandomFeatureOptions) {
    const inputs = shape.denseSize + shape.hashSize;
    this.count = count;
    this.indices = new Int32Array(count);
    this.values = new Float32Array(count);
    this.#denseSize = shape.denseSize;
    this.#linear = 2 * shape.denseSize <= count ? shape.denseSize : 0;
    const rectified = count - this.#linear;
    const rng = Rng.fromSeed(seed);
    const fanIn = Math.min(FAN_IN, inputs);
    const edges = drawEdges(rectified, inputs, fanIn, rng);
    this.#starts = edges.starts;
    this.#targets = edges.targets;
    this.#weights = edges.weights;
    this.#thresholds = Float32Array.from(
      { length: rectified },
      () => LOWEST_THRESHOLD + (HIGHEST_THRESHOLD - LOWEST_THRESHOLD) * rng.nextFloat(),
    );
    this.#sums = new Float32Array(rectified);
  }

  /** Leaves the features of the row times `scale` in {@link indices} and {@link values}. */
  transform(row: Row, scale: number): void {
    this.#sums.set(this.#thresholds);
    for (let i = 0; i < this.#denseSize; i++) this.#spread(i, row.dense[i]! * scale);
    for (let i = 0; i < row.indices.length; i++)
      this.#spread(this.#denseSize + row.indices[i]!, row.values[i]! * scale);
    let active = 0;
    for (let i = 0; i < this.#linear; i++) active = this.#keep(active, i, row.dense[i]! * scale);
    for (let i = 0; i < this.#sums.length; i++) {
      if (this.#sums[i]! < 0) active = this.#keep(active, this.#linear + i, -this.#sums[i]!);
    }
    this.active = active;
  }

  /** The sums run from the threshold downwards, so that a feature is active where its sum is negative. */
  #spread(input: number, value: number): void {
    if (value === 0) return;
    const end = this.#starts[input + 1]!;
    for (let i = this.#starts[input]!; i < end; i++) this.#sums[this.#targets[i]!]! -= this.#weights[i]! * value;
  }

  #keep(active: number, index: number, value: number): number {
    if (value === 0) return active;
    this.indices[active] = index;
    this.values[active] = value;
    return active + 1;
  }
}

/** Random signs, so that every engine draws the same bits; scaled for projections of variance 1 when the input has length 1. */
function drawEdges(features: number, inputs: number, fanIn: number, rng: Rng) {
  const byInput: number[][] = Array.from({ length: inputs }, () => []);
  const order = Int32Array.from({ length: inputs }, (_, index) => index);
  for (let feature = 0; feature < features; feature++) {
    for (let i = 0; i < fanIn; i++) {
      const j = i + rng.nextInt(inputs - i);
      const drawn = order[j]!;
      order[j] = order[i]!;
      order[i] = drawn;
      byInput[drawn]!.push(feature);
    }
  }
  const starts = new Int32Array(inputs + 1);
  byInput.forEach((list, input) => (starts[input + 1] = starts[input]! + list.length));
  const size = Math.sqrt(inputs / Math.max(1, fanIn));
  const weights = Float32Array.from({ length: features * fanIn }, () => (rng.nextFloat() < 0.5 ? size : -size));
  return { starts, targets: Int32Array.from(byInput.flat()), weights };
}
