import type { PartState } from '../../core/part-state.ts';
import { readNumber } from '../../core/read-state.ts';

export interface ChangeDetectorOptions {
  /** Experiences between false alarms, at least, on average, where the model is calibrated. */
  readonly runLength: number;
  /** Step of the recalibration that speaks for a change. */
  readonly learningRate: number;
}

export const CHANGE_DETECTOR_DEFAULTS: ChangeDetectorOptions = { runLength: 1_000_000, learningRate: 0.3 };

/** No model is believed beyond this: what it fits badly must not look like a change. */
const MIN_PROBABILITY = 0.02;
const MAX_SHIFT = 6;

/**
 * Tells when rewards stop being what the model expects. Against the model's expectation p stands a rival q = σ(a + b·logit p) that follows
 * the last few residuals; the statistic is a CUSUM of the log-likelihood ratio of q to p. With E[y] = p the ratios are a test supermartingale
 * (for any y in [0, 1]), so that the alarm at log(runLength) is, as an e-detector, at least `runLength` observations from a false
 * one on average (Shin, Ramdas and Rinaldo 2023, arXiv 2203.03532).
 */
export class ChangeDetector {
  readonly #options: ChangeDetectorOptions;
  #statistic = 0;
  #shift = 0;
  #slope = 1;

  constructor(options: ChangeDetectorOptions = CHANGE_DETECTOR_DEFAULTS) {
    this.#options = options;
  }

  /**
   * @param expected the model's expectation before it learned this reward @param reward in [0, 1]
   * @param weight how much of an observation it is; more than 1 counts as 1
   * @returns whether a change was found; the statistic starts again then
   */
  update(expected: number, reward: number, weight = 1): boolean {
    const p = Math.min(1 - MIN_PROBABILITY, Math.max(MIN_PROBABILITY, expected));
    const logit = Math.log(p / (1 - p));
    const q = this.#rival(logit);
    const ratio = reward * Math.log(q / p) + (1 - reward) * Math.log((1 - q) / (1 - p));
    this.#statistic = Math.max(0, this.#statistic) + Math.min(1, weight) * ratio;
    this.#follow(logit, q, reward, Math.min(1, weight));
    if (this.#statistic < Math.log(this.#options.runLength)) return false;
    this.reset();
    return true;
  }

  #rival(logit: number): number {
    const q = 1 / (1 + Math.exp(-(this.#shift + this.#slope * logit)));
    return Math.min(1 - MIN_PROBABILITY, Math.max(MIN_PROBABILITY, q));
  }

  #follow(logit: number, q: number, reward: number, weight: number): void {
    const { learningRate } = this.#options;
    const step = learningRate * weight * (reward - q);
    // The rival falls back to the model where nothing speaks against it.
    const back = 1 - learningRate / 10;
    this.#shift = clamp(back * this.#shift + step, -MAX_SHIFT, MAX_SHIFT);
    this.#slope = clamp(1 + back * (this.#slope - 1) + (step * logit) / 4, 0, 1.5);
  }

  reset(): void {
    [this.#statistic, this.#shift, this.#slope] = [0, 0, 1];
  }

  state(): PartState {
    return { tensors: {}, values: { statistic: this.#statistic, shift: this.#shift, slope: this.#slope } };
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    const statistic = readNumber(state, 'statistic', -1e6, 1e6);
    const shift = readNumber(state, 'shift', -MAX_SHIFT, MAX_SHIFT);
    const slope = readNumber(state, 'slope', 0, 1.5);
    [this.#statistic, this.#shift, this.#slope] = [statistic, shift, slope];
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
