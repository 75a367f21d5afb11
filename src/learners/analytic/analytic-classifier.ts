import type { PartState, StateTensor } from '../../core/part-state.ts';
import { softmaxInPlace } from '../members/class-arrays.ts';
import { corrupt, readCount, readNumber, readTensor } from '../../core/read-state.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { ClassStatistics, type Readout } from './class-statistics.ts';
import { analyticFeatureCount } from './feature-count.ts';
import { RandomFeatures } from './random-features.ts';
import { triangleSize } from './symmetric.ts';

export interface AnalyticOptions {
  readonly shape: RowShape;
  readonly classes: number;
  readonly seed: number;
  /** Default: {@link analyticFeatureCount}. */
  readonly featureCount?: number;
}

const NO_READOUT: Readout = { classes: 0, weights: new Float32Array(0), bias: new Float64Array(0) };
/** Stands for −Infinity in a state. */
const NEVER = -Number.MAX_VALUE;

/** Examples that the length of the inputs is taken from; from then on the features stay what they are. */
const SCALE_EXAMPLES = 32;
/** The readout is solved again after this share of new examples, and not before one for every two features. */
const SOLVE_GROWTH = 0.02;
const SOLVE_FEATURES = 0.5;
/** Step of the sharpness, on the logarithm; and its bounds. */
const SHARPNESS_STEP = 0.01;
const LOWEST_SHARPNESS = Math.log(0.02);
const HIGHEST_SHARPNESS = Math.log(2);

/**
 * A discriminant over random features that is solved, not descended to: it cannot forget, because its statistics are sums. One pass and any
 * order give the same model up to rounding, once the first 32 examples have fixed the scale of the inputs.
 * Its probabilities are sharpened or softened by one number that is learned online from predictions made before learning.
 */
export class AnalyticClassifier implements OnlineClassifier {
  readonly #features: RandomFeatures;
  readonly #statistics: ClassStatistics;
  #readout: Readout | undefined;
  #solvedAt = 0;
  #examples = 0;
  #squaredLength = 0;
  #sharpness = 0;
  #scores: Float64Array;

  constructor({ shape, classes, seed, featureCount = analyticFeatureCount(shape) }: AnalyticOptions) {
    this.#features = new RandomFeatures({ shape, count: featureCount, seed });
    this.#statistics = new ClassStatistics(featureCount, classes);
    this.#scores = new Float64Array(classes);
  }

  growClasses(count: number): void {
    if (count <= this.#statistics.classes) return;
    this.#statistics.grow(count);
    this.#scores = new Float64Array(count);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    const readout = this.#readout;
    if (!readout) {
      out.fill(1 / out.length);
      return;
    }
    this.#features.transform(row, this.#scale());
    this.#score(readout);
    const factor = Math.exp(this.#sharpness);
    for (let label = 0; label < out.length; label++) out[label] = factor * this.#scores[label]!;
    softmaxInPlace(out);
  }

  learnOne(row: Row, label: number, weight: number): void {
    if (weight <= 0) return;
    if (this.#examples < SCALE_EXAMPLES) this.#squaredLength += squaredLength(row);
    this.#examples++;
    this.#features.transform(row, this.#scale());
    this.#learnSharpness(label, weight);
    const { indices, values, active } = this.#features;
    this.#statistics.add(label, indices, values, active, weight);
    if (this.#isDue()) this.#solve();
  }

  #isDue(): boolean {
    const since = this.#examples - this.#solvedAt;
    const most = Math.max(SOLVE_FEATURES * this.#features.count, SOLVE_GROWTH * this.#examples);
    // While there is little, every example counts: at 1, 2, 4, … and then at the pace above.
    return since >= Math.min(most, Math.max(1, this.#solvedAt));
  }

  #solve(): void {
    this.#readout = this.#statistics.solve() ?? this.#readout;
    this.#solvedAt = this.#examples;
  }

  #scale(): number {
    const examples = Math.min(this.#examples, SCALE_EXAMPLES);
    return this.#squaredLength > 0 ? Math.sqrt(examples / this.#squaredLength) : 1;
  }

  #score({ classes, weights, bias }: Readout): void {
    const { indices, values, active, count } = this.#features;
    this.#scores.fill(-Infinity);
    for (let label = 0; label < classes; label++) {
      const start = label * count;
      let sum = bias[label]!;
      for (let i = 0; i < active; i++) sum += values[i]! * weights[start + indices[i]!]!;
      this.#scores[label] = sum;
    }
  }

  /** Gradient of the log loss with respect to the logarithm of the factor, normed by the size of the scores. */
  #learnSharpness(label: number, weight: number): void {
    const readout = this.#readout;
    if (!readout || label >= readout.classes || readout.bias[label] === -Infinity) return;
    this.#score(readout);
    const factor = Math.exp(this.#sharpness);
    let largest = -Infinity;
    for (const score of this.#scores) largest = Math.max(largest, score);
    let [total, moment] = [0, 0];
    for (const score of this.#scores) {
      const power = Math.exp(factor * (score - largest));
      total += power;
      if (power > 0) moment += power * (score - largest);
    }
    const gradient = factor * (moment / total - (this.#scores[label]! - largest));
    const step = SHARPNESS_STEP * Math.min(1, weight) * Math.max(-1, Math.min(1, gradient));
    this.#sharpness = Math.max(LOWEST_SHARPNESS, Math.min(HIGHEST_SHARPNESS, this.#sharpness - step));
  }

  state(): PartState {
    const { moments, counts, sums } = this.#statistics;
    const { weights, bias, classes } = this.#readout ?? NO_READOUT;
    const tensors: Record<string, StateTensor> = {
      moments: moments.slice(),
      counts: counts.slice(),
      sums: sums.slice(),
      weights: Float32Array.from(weights),
      // A checkpoint holds finite numbers only.
      bias: Float64Array.from(bias, (value) => Math.max(value, NEVER)),
    };
    const values = {
      examples: this.#examples,
      solvedAt: this.#solvedAt,
      squaredLength: this.#squaredLength,
      sharpness: this.#sharpness,
      solvedClasses: classes,
    };
    return { tensors, values };
  }

  restore(state: PartState): void {
    const size = this.#features.count;
    const classes = state.tensors.counts?.length ?? 0;
    if (classes < this.#statistics.classes) throw corrupt(`counts has ${classes} values`);
    const moments = readTensor(state, 'moments', 'f32', triangleSize(size));
    const counts = readTensor(state, 'counts', 'f64', classes);
    if (counts.some((count) => count < 0)) throw corrupt('counts has a value below 0');
    const sums = readTensor(state, 'sums', 'f64', classes * size);
    const solvedClasses = readCount(state, 'solvedClasses', 0, classes);
    const weights = readTensor(state, 'weights', 'f32', solvedClasses * size);
    const bias = readTensor(state, 'bias', 'f64', solvedClasses).map((value) => (value <= NEVER ? -Infinity : value));
    const examples = readCount(state, 'examples', 0, Number.MAX_SAFE_INTEGER);
    const solvedAt = readCount(state, 'solvedAt', 0, examples);
    const squaredLength = readNumber(state, 'squaredLength', 0, Number.MAX_VALUE);
    this.#sharpness = readNumber(state, 'sharpness', LOWEST_SHARPNESS, HIGHEST_SHARPNESS);
    this.#statistics.restore(moments, counts, sums);
    this.#scores = new Float64Array(classes);
    this.#readout = solvedClasses > 0 ? { classes: solvedClasses, weights, bias } : undefined;
    this.#examples = examples;
    this.#solvedAt = solvedAt;
    this.#squaredLength = squaredLength;
  }
}

function squaredLength({ dense, values }: Row): number {
  let sum = 0;
  for (let i = 0; i < dense.length; i++) sum += dense[i]! * dense[i]!;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}
