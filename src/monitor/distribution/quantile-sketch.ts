import { finishHash } from '../../core/text-counts.ts';
import { TendrilError } from '../../errors.ts';
import { parseQuantileSketch, type QuantileSketchState } from './quantile-sketch-state.ts';

/** How much smaller each level below the topmost may be. */
const SHRINKAGE = 2 / 3;
/** Smaller levels would be thinned out at every second value. */
const LEAST_CAPACITY = 8;
export const DEFAULT_SKETCH_SIZE = 128;

/** A distribution as values with weights. */
export interface WeightedValues {
  /** Ascending. */
  readonly values: Float64Array;
  /** [values]: weight of this value and all before it; the last one is the count. */
  readonly cumulative: Float64Array;
}

/**
 * Quantiles of a stream in bounded memory: KLL (Karnin, Lang and Liberty 2016, arXiv 1603.05346), with coins that cancel each other in pairs (Ivkin et al.
 * 2019, arXiv 1907.00236). Chosen over t-digest, which has no bound and blurs ties, and over DDSketch, whose bound is on values and says nothing of ranks:
 * comparing distributions is about ranks, and ties must stay ties. Up to `size` values it is exact. Beyond, a rank is unbiased, and the variance of its
 * error is kept count of: see {@link rankError}. Values have 32 bits. Coins are hashes of the seed, so that the same values give the same sketch.
 * Merging commutes up to the error.
 */
export class QuantileSketch {
  readonly #size: number;
  readonly #seed: number;
  /** A value in level h stands for 2^h of them. The order in a level is that of arrival. */
  #levels: number[][] = [[]];
  /** [levels]: compactions so far. */
  #compactions: number[] = [0];
  #count = 0;
  #missing = 0;
  #min = Infinity;
  #max = -Infinity;
  /** Sum of squared weights of compactions whose errors are independent. */
  #errorSquares = 0;

  /** @param size of the topmost level, 8 to 4096; at most about three times as many values are kept @throws INVALID_CONFIG */
  constructor(size = DEFAULT_SKETCH_SIZE, seed = 1) {
    if (!(Number.isInteger(size) && size >= 8 && size <= 4096)) {
      throw new TendrilError('INVALID_CONFIG', { reason: `a sketch of size ${size} is not possible` });
    }
    this.#size = size;
    this.#seed = seed;
  }

  /** Values taken in, without the missing ones. */
  get count(): number {
    return this.#count;
  }

  get missing(): number {
    return this.#missing;
  }

  /** Values that are kept. */
  get retained(): number {
    return this.#levels.reduce((sum, level) => sum + level.length, 0);
  }

  /** Exact; Infinity while there is none. */
  get min(): number {
    return this.#min;
  }

  /** Exact; -Infinity while there is none. */
  get max(): number {
    return this.#max;
  }

  /** @param value null, and what is not finite in 32 bits, counts as missing */
  update(value: number | null): void {
    const rounded = value === null ? NaN : Math.fround(value);
    if (!Number.isFinite(rounded)) {
      this.#missing++;
      return;
    }
    this.#count++;
    this.#min = Math.min(this.#min, rounded);
    this.#max = Math.max(this.#max, rounded);
    this.#levels[0]!.push(rounded);
    if (this.#levels[0]!.length >= this.#capacityOf(0)) this.#compress();
  }

  /** Takes in all that the other one has seen. @throws INVALID_CONFIG for one of another size */
  merge(other: QuantileSketch): void {
    if (other.#size !== this.#size) {
      throw new TendrilError('INVALID_CONFIG', { reason: 'sketches of two sizes cannot be merged' });
    }
    other.#levels.forEach((level, height) => {
      this.#ensureLevel(height);
      this.#levels[height]!.push(...level);
      // What comes next begins a new pair of coins.
      const compactions = this.#compactions[height]! + other.#compactions[height]!;
      this.#compactions[height] = compactions + (compactions % 2);
    });
    this.#count += other.#count;
    this.#missing += other.#missing;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    this.#errorSquares += other.#errorSquares;
    this.#compress();
  }

  /** Smallest kept value whose share is at least `probability`; NaN before the first value. */
  quantile(probability: number): number {
    if (this.#count === 0) return NaN;
    if (probability <= 0) return this.#min;
    if (probability >= 1) return this.#max;
    const { values, cumulative } = this.weighted();
    const at = cumulative.findIndex((weight) => weight >= probability * this.#count);
    return values[at]!;
  }

  /** Estimated share of values that are not above `value`. */
  share(value: number): number {
    let weight = 0;
    this.#levels.forEach((level, height) => {
      for (const kept of level) if (kept <= value) weight += 2 ** height;
    });
    return this.#count === 0 ? 0 : weight / this.#count;
  }

  /** By how much one share can be wrong, with this confidence (Hoeffding over the coins); 0 where nothing was thinned out. */
  rankError(confidence = 0.99): number {
    if (this.#count === 0) return 0;
    return Math.sqrt(2 * this.#errorSquares * Math.log(2 / (1 - confidence))) / this.#count;
  }

  weighted(): WeightedValues {
    const entries = this.#levels.flatMap((level, height) =>
      level.map((value): [number, number] => [value, 2 ** height]),
    );
    entries.sort(([a], [b]) => a - b);
    const values = Float64Array.from(entries, ([value]) => value);
    let sum = 0;
    const cumulative = Float64Array.from(entries, ([, weight]) => (sum += weight));
    return { values, cumulative };
  }

  /** A copy, plain JSON. */
  state(): QuantileSketchState {
    return {
      size: this.#size,
      seed: this.#seed,
      missing: this.#missing,
      extremes: this.#count === 0 ? [] : [shortest(this.#min), shortest(this.#max)],
      errorSquares: this.#errorSquares,
      compactions: [...this.#compactions],
      levels: this.#levels.map((level) => level.map(shortest)),
    };
  }

  /** @param state of {@link state}, untrusted @throws CHECKPOINT_CORRUPT */
  static restore(state: unknown): QuantileSketch {
    const { size, seed, missing, extremes, errorSquares, compactions, levels } = parseQuantileSketch(state);
    const sketch = new QuantileSketch(size, seed);
    sketch.#missing = missing;
    if (extremes.length > 0) [sketch.#min, sketch.#max] = [Math.fround(extremes[0]!), Math.fround(extremes[1]!)];
    sketch.#errorSquares = errorSquares;
    sketch.#compactions = [...compactions];
    sketch.#levels = levels.map((level) => level.map(Math.fround));
    sketch.#count = levels.reduce((sum, level, height) => sum + level.length * 2 ** height, 0);
    return sketch;
  }

  #capacityOf(height: number): number {
    return Math.max(LEAST_CAPACITY, Math.ceil(this.#size * SHRINKAGE ** (this.#levels.length - 1 - height)));
  }

  #ensureLevel(height: number): void {
    while (this.#levels.length <= height) {
      this.#levels.push([]);
      this.#compactions.push(0);
    }
  }

  #compress(): void {
    for (let height = 0; height < this.#levels.length; height++) {
      if (this.#levels[height]!.length >= this.#capacityOf(height)) this.#compact(height);
    }
  }

  /** Every second value of a level goes up, for two; an odd one stays. */
  #compact(height: number): void {
    this.#ensureLevel(height + 1);
    const level = this.#levels[height]!.sort((a, b) => a - b);
    const kept = level.splice(level.length - (level.length % 2));
    const offset = this.#toss(height);
    for (let at = offset; at < level.length; at += 2) this.#levels[height + 1]!.push(level[at]!);
    this.#levels[height] = kept;
  }

  /** 0 or 1; of two in a row on a level the second is the other one, so that their errors cannot add up. */
  #toss(height: number): number {
    const number = this.#compactions[height]!++;
    if (number % 2 === 0) this.#errorSquares += 4 ** height;
    const coin = finishHash(finishHash(this.#seed + height) + (number >> 1)) & 1;
    return coin ^ (number & 1);
  }
}

/** The fewest digits that are still the same 32-bit number. */
export function shortest(value: number): number {
  return Number(value.toPrecision(9));
}
