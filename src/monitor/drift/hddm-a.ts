import type { PartState } from '../../core/part-state.ts';
import { requireOption, UNIT_RANGE } from './drift-detector.ts';
import { GuardedDetector, type Verdict } from './guarded-detector.ts';
import { EMPTY_MEAN, meanValues, readMean, withValue, type RunningMean } from './running-mean.ts';

export interface HddmAOptions {
  /** Chance of an alarm at one comparison where nothing changed. */
  readonly driftConfidence: number;
  readonly warningConfidence: number;
  /** Whether a fall of the error is a drift too. */
  readonly twoSided: boolean;
}

export const HDDM_A_DEFAULTS: HddmAOptions = { driftConfidence: 0.001, warningConfidence: 0.005, twoSided: false };

/**
 * Hoeffding's bounds on moving averages: compares all values with those up to the point where the mean was surely lowest (Frías-Blanco et al.,
 * IEEE TKDE 2015). Step for step as River's `drift.binary.HDDMA`.
 */
export class HddmA extends GuardedDetector {
  readonly #options: HddmAOptions;
  #all = EMPTY_MEAN;
  #lowest = EMPTY_MEAN;
  #highest = EMPTY_MEAN;

  /** @throws INVALID_CONFIG */
  constructor(options: Partial<HddmAOptions> = {}) {
    super(UNIT_RANGE);
    this.#options = { ...HDDM_A_DEFAULTS, ...options };
    requireOption('driftConfidence', this.#options.driftConfidence, Number.MIN_VALUE, 1);
    requireOption('warningConfidence', this.#options.warningConfidence, Number.MIN_VALUE, 1);
  }

  protected learn(value: number): Verdict {
    this.#all = withValue(this.#all, value);
    this.#moveCuts();
    const { driftConfidence, warningConfidence } = this.#options;
    if (this.#hasChanged(driftConfidence)) return 'drift';
    return this.#hasChanged(warningConfidence) ? 'warning' : 'stable';
  }

  #moveCuts(): void {
    const all = this.#all;
    if (this.#lowest.count === 0) this.#lowest = all;
    if (this.#highest.count === 0) this.#highest = all;
    const bound = this.#bound(all);
    if (this.#lowest.mean + this.#bound(this.#lowest) >= all.mean + bound) this.#lowest = all;
    if (this.#highest.mean - this.#bound(this.#highest) <= all.mean - bound) this.#highest = all;
  }

  #bound({ count }: RunningMean): number {
    return Math.sqrt((1 / (2 * count)) * Math.log(1 / this.#options.driftConfidence));
  }

  #hasChanged(confidence: number): boolean {
    if (isAbove(this.#all, this.#lowest, this.#all.count, confidence)) return true;
    return this.#options.twoSided && isAbove(this.#highest, this.#all, this.#all.count, confidence);
  }

  protected clear(): void {
    [this.#all, this.#lowest, this.#highest] = [EMPTY_MEAN, EMPTY_MEAN, EMPTY_MEAN];
  }

  protected contents(): PartState {
    const [all, lowest, highest] = [this.#all, this.#lowest, this.#highest];
    const values = { ...meanValues('all', all), ...meanValues('lowest', lowest), ...meanValues('highest', highest) };
    return { tensors: {}, values };
  }

  protected load(state: PartState): void {
    const all = readMean(state, 'all', this.range);
    const lowest = readMean(state, 'lowest', this.range);
    const highest = readMean(state, 'highest', this.range);
    [this.#all, this.#lowest, this.#highest] = [all, lowest, highest];
  }
}

/** Whether the mean of one is above that of the other by more than chance explains; one of them holds all `total` values, the other its first. */
function isAbove(upper: RunningMean, lower: RunningMean, total: number, confidence: number): boolean {
  const first = Math.min(upper.count, lower.count);
  if (first === total) return false;
  const share = ((total - first) / first) * (1 / total);
  return upper.mean - lower.mean >= Math.sqrt((share / 2) * Math.log(2 / confidence));
}
