import type { PartState } from '../../core/part-state.ts';
import { readNumber } from '../../core/read-state.ts';
import { requireCount, requireOption, UNIT_RANGE } from './drift-detector.ts';
import { GuardedDetector, type Verdict } from './guarded-detector.ts';
import { EMPTY_MEAN, meanValues, readMean, withValue } from './running-mean.ts';

export interface DdmOptions {
  /** Values before the first verdict. */
  readonly warmStart: number;
  /** In standard deviations above the lowest error so far. */
  readonly warningThreshold: number;
  readonly driftThreshold: number;
}

export const DDM_DEFAULTS: DdmOptions = { warmStart: 30, warningThreshold: 2, driftThreshold: 3 };

/**
 * Drift Detection Method: alarms when error rate + standard deviation rise above their lowest (Gama, Medas, Castillo and Rodrigues,
 * SBIA 2004). Step for step as River's `drift.binary.DDM`. Finds increases only.
 */
export class Ddm extends GuardedDetector {
  readonly #options: DdmOptions;
  #error = EMPTY_MEAN;
  #lowest = 0;
  #lowestDeviation = 0;

  /** @throws INVALID_CONFIG */
  constructor(options: Partial<DdmOptions> = {}) {
    super(UNIT_RANGE);
    this.#options = { ...DDM_DEFAULTS, ...options };
    requireCount('warmStart', this.#options.warmStart, 1, 1e9);
    requireOption('warningThreshold', this.#options.warningThreshold, 0, 100);
    requireOption('driftThreshold', this.#options.driftThreshold, 0, 100);
  }

  protected learn(value: number): Verdict {
    this.#error = withValue(this.#error, value);
    const { count, mean } = this.#error;
    const { warmStart, warningThreshold, driftThreshold } = this.#options;
    if (count <= warmStart) return 'stable';
    const deviation = Math.sqrt((mean * (1 - mean)) / count);
    const level = mean + deviation;
    if (count === warmStart + 1 || level <= this.#lowest + this.#lowestDeviation) {
      [this.#lowest, this.#lowestDeviation] = [mean, deviation];
    }
    if (level > this.#lowest + driftThreshold * this.#lowestDeviation) return 'drift';
    return level > this.#lowest + warningThreshold * this.#lowestDeviation ? 'warning' : 'stable';
  }

  protected clear(): void {
    this.#error = EMPTY_MEAN;
    [this.#lowest, this.#lowestDeviation] = [0, 0];
  }

  protected contents(): PartState {
    const values = { lowest: this.#lowest, lowestDeviation: this.#lowestDeviation };
    return { tensors: {}, values: { ...meanValues('error', this.#error), ...values } };
  }

  protected load(state: PartState): void {
    const error = readMean(state, 'error', this.range);
    const lowest = readNumber(state, 'lowest', 0, 1);
    const lowestDeviation = readNumber(state, 'lowestDeviation', 0, 1);
    [this.#error, this.#lowest, this.#lowestDeviation] = [error, lowest, lowestDeviation];
  }
}
