import type { PartState } from '../../core/part-state.ts';
import { joinStates, partOfState, readCount, readNumber } from '../../core/read-state.ts';
import { requireCount, requireOption, UNIT_RANGE, type ValueRange } from './drift-detector.ts';
import { ExponentialHistogram } from './exponential-histogram.ts';
import { GuardedDetector, type Verdict } from './guarded-detector.ts';

export interface AdwinOptions {
  /** Chance of an alarm at one comparison where nothing changed. */
  readonly delta: number;
  /** Values between comparisons. */
  readonly clock: number;
  /** Of a size, before two are merged. */
  readonly maxBuckets: number;
  /** Values on either side of a cut. */
  readonly minWindowLength: number;
  /** Values before the first comparison. */
  readonly gracePeriod: number;
  readonly range: ValueRange;
}

export const ADWIN_DEFAULTS: AdwinOptions = {
  delta: 0.002,
  clock: 32,
  maxBuckets: 5,
  minWindowLength: 5,
  gracePeriod: 10,
  range: UNIT_RANGE,
};

/**
 * Adaptive windowing: compares the means on both sides of every cut of a window that grows (Bifet and Gavaldà, SDM 2007). Step for step as River's
 * `drift.ADWIN`, which starts anew after a drift. Finds changes in both directions; its bound is made for values in [0, 1].
 */
export class Adwin extends GuardedDetector {
  readonly #options: AdwinOptions;
  readonly #window: ExponentialHistogram;
  #width = 0;
  #total = 0;
  #squares = 0;
  /** Values since the last comparison. */
  #tick = 0;

  /** @throws INVALID_CONFIG */
  constructor(options: Partial<AdwinOptions> = {}) {
    const all = { ...ADWIN_DEFAULTS, ...options };
    super(all.range);
    this.#options = all;
    requireOption('delta', all.delta, Number.MIN_VALUE, 1);
    requireCount('clock', all.clock, 1, 1e9);
    requireCount('maxBuckets', all.maxBuckets, 2, 1000);
    requireCount('minWindowLength', all.minWindowLength, 1, 1e9);
    requireCount('gracePeriod', all.gracePeriod, 1, 1e9);
    this.#window = new ExponentialHistogram(all.maxBuckets);
  }

  /** Values in the window. */
  get width(): number {
    return this.#width;
  }

  /** Mean of the window; 0 where it is empty. */
  get estimation(): number {
    return this.#width === 0 ? 0 : this.#total / this.#width;
  }

  protected learn(value: number): Verdict {
    this.#add(value);
    this.#tick = (this.#tick + 1) % this.#options.clock;
    if (this.#tick !== 0 || this.#width <= this.#options.gracePeriod) return 'stable';
    let verdict: Verdict = 'stable';
    while (this.#hasCut()) {
      this.#dropOldest();
      verdict = 'drift';
    }
    return verdict;
  }

  #add(value: number): void {
    this.#window.add(value);
    this.#width++;
    if (this.#width > 1) {
      const apart = value - this.#total / (this.#width - 1);
      this.#squares += ((this.#width - 1) * apart * apart) / this.#width;
    }
    this.#total += value;
  }

  #hasCut(): boolean {
    const { minWindowLength } = this.#options;
    let [older, newer, olderTotal, newerTotal] = [0, this.#width, 0, this.#total];
    for (const { size, total } of this.#window.buckets().slice(0, -1)) {
      [older, newer] = [older + size, newer - size];
      [olderTotal, newerTotal] = [olderTotal + total, newerTotal - total];
      if (newer < minWindowLength) return false;
      const apart = Math.abs(olderTotal / older - newerTotal / newer);
      if (older >= minWindowLength && apart > this.#largestDifference(older, newer)) return true;
    }
    return false;
  }

  /** That chance explains, between the means of so many older and newer values. */
  #largestDifference(older: number, newer: number): number {
    const { delta, minWindowLength } = this.#options;
    const confidence = Math.log((2 * Math.log(this.#width)) / delta);
    const reciprocal = 1 / (older - minWindowLength + 1) + 1 / (newer - minWindowLength + 1);
    const variance = this.#squares / this.#width;
    return Math.sqrt(2 * reciprocal * variance * confidence) + (2 / 3) * confidence * reciprocal;
  }

  #dropOldest(): void {
    const oldest = this.#window.dropOldest();
    if (!oldest) return;
    const { size, total, squares } = oldest;
    this.#width -= size;
    this.#total -= total;
    const apart = total / size - this.#total / this.#width;
    this.#squares -= squares + (size * this.#width * apart * apart) / (size + this.#width);
  }

  protected clear(): void {
    this.#window.clear();
    [this.#width, this.#total, this.#squares, this.#tick] = [0, 0, 0, 0];
  }

  protected contents(): PartState {
    const values = { width: this.#width, total: this.#total, squares: this.#squares, tick: this.#tick };
    return joinStates({ window: this.#window.state(), sums: { tensors: {}, values } });
  }

  protected load(state: PartState): void {
    const sums = partOfState(state, 'sums');
    const width = readCount(sums, 'width', 0, Number.MAX_SAFE_INTEGER);
    const total = readNumber(sums, 'total', -Number.MAX_VALUE, Number.MAX_VALUE);
    const squares = readNumber(sums, 'squares', -Number.MAX_VALUE, Number.MAX_VALUE);
    const tick = readCount(sums, 'tick', 0, this.#options.clock - 1);
    this.#window.restore(partOfState(state, 'window'), this.range);
    [this.#width, this.#total, this.#squares, this.#tick] = [width, total, squares, tick];
  }
}
