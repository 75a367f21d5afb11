import type { PartState } from '../../core/part-state.ts';
import { corrupt, readTensor } from '../../core/read-state.ts';
import { requireCount, requireOption, UNIT_RANGE, type ValueRange } from './drift-detector.ts';
import { GuardedDetector, type Verdict } from './guarded-detector.ts';
import { EMPTY_MEAN, meanValues, readMean, withValue } from './running-mean.ts';

export interface PageHinkleyOptions {
  /** Values before the first verdict. */
  readonly minInstances: number;
  /** Deviation from the mean that is still normal. */
  readonly delta: number;
  /** Sum of deviations that is a drift. */
  readonly threshold: number;
  /** What a sum keeps with each value. */
  readonly alpha: number;
  /** Which changes of the mean count. */
  readonly mode: 'up' | 'down' | 'both';
  readonly range: ValueRange;
}

export const PAGE_HINKLEY_DEFAULTS: PageHinkleyOptions = {
  minInstances: 30,
  delta: 0.005,
  threshold: 50,
  alpha: 1 - 0.0001,
  mode: 'both',
  range: UNIT_RANGE,
};

type Sums = readonly [rise: number, lowestRise: number, fall: number, highestFall: number];

/** Where River's detector starts the maximum from. */
const FIRST_HIGHEST = -1;
const NO_SUMS: Sums = [0, Infinity, 0, FIRST_HIGHEST];

/** Page-Hinkley test: a cumulative sum of deviations from the running mean (Page, Biometrika 1954). Step for step as River's `drift.PageHinkley`. */
export class PageHinkley extends GuardedDetector {
  readonly #options: PageHinkleyOptions;
  #mean = EMPTY_MEAN;
  #rise = 0;
  #lowestRise = Infinity;
  #fall = 0;
  #highestFall = FIRST_HIGHEST;

  /** @throws INVALID_CONFIG */
  constructor(options: Partial<PageHinkleyOptions> = {}) {
    const all = { ...PAGE_HINKLEY_DEFAULTS, ...options };
    super(all.range);
    this.#options = all;
    requireCount('minInstances', all.minInstances, 1, 1e9);
    requireOption('delta', all.delta, 0, 1e9);
    requireOption('threshold', all.threshold, 0, 1e12);
    requireOption('alpha', all.alpha, 0, 1);
  }

  protected learn(value: number): Verdict {
    const { minInstances, delta, alpha } = this.#options;
    this.#mean = withValue(this.#mean, value);
    const deviation = value - this.#mean.mean;
    this.#rise = alpha * this.#rise + deviation - delta;
    this.#fall = alpha * this.#fall + deviation + delta;
    this.#lowestRise = Math.min(this.#lowestRise, this.#rise);
    this.#highestFall = Math.max(this.#highestFall, this.#fall);
    return this.#mean.count >= minInstances && this.#isBeyond() ? 'drift' : 'stable';
  }

  #isBeyond(): boolean {
    const { mode, threshold } = this.#options;
    const up = this.#rise - this.#lowestRise > threshold;
    const down = this.#highestFall - this.#fall > threshold;
    return (mode !== 'down' && up) || (mode !== 'up' && down);
  }

  protected clear(): void {
    this.#mean = EMPTY_MEAN;
    [this.#rise, this.#lowestRise, this.#fall, this.#highestFall] = NO_SUMS;
  }

  protected contents(): PartState {
    const values = meanValues('mean', this.#mean);
    if (this.#mean.count === 0) return { tensors: {}, values };
    return { tensors: { sums: Float64Array.of(this.#rise, this.#lowestRise, this.#fall, this.#highestFall) }, values };
  }

  protected load(state: PartState): void {
    const mean = readMean(state, 'mean', this.range);
    const sums = mean.count === 0 ? NO_SUMS : readSums(state);
    [this.#mean, this.#rise, this.#lowestRise, this.#fall, this.#highestFall] = [mean, ...sums];
  }
}

/** @throws CHECKPOINT_CORRUPT */
function readSums(state: PartState): Sums {
  const [rise, lowestRise, fall, highestFall] = readTensor(state, 'sums', 'f64', 4) as unknown as Sums;
  if (lowestRise > rise || highestFall < fall) throw corrupt('sums has a number out of range');
  return [rise, lowestRise, fall, highestFall];
}
