import type { PartState } from '../../core/part-state.ts';
import { readNumber } from '../../core/read-state.ts';

const WINDOW = 60;
const LEAST_ROWS = 60;

/**
 * Tells when a model's recent error rate is above its own long-run rate by more standard deviations of an exponential mean than chance explains
 * (after EWMA charts for concept drift, Ross et al. 2012, arXiv 1212.6018).
 */
export class DriftAlarm {
  #count = 0;
  #mean = 0;
  #recent = 0;

  get count(): number {
    return this.#count;
  }

  /** Recent error rate. */
  get recent(): number {
    return this.#recent;
  }

  update(isWrong: boolean): void {
    const error = isWrong ? 1 : 0;
    this.#count++;
    this.#mean += (error - this.#mean) / this.#count;
    this.#recent += (error - this.#recent) / Math.min(WINDOW, this.#count);
  }

  /** How many standard deviations the recent rate is too high; 0 while there is too little to tell. */
  get excess(): number {
    if (this.#count < LEAST_ROWS) return 0;
    const variance = Math.max(1 / this.#count, this.#mean * (1 - this.#mean)) / (2 * WINDOW - 1);
    return (this.#recent - this.#mean) / Math.sqrt(variance);
  }

  reset(): void {
    this.#count = 0;
    this.#mean = 0;
    this.#recent = 0;
  }

  state(): PartState {
    return { tensors: {}, values: { count: this.#count, mean: this.#mean, recent: this.#recent } };
  }

  restore(state: PartState): void {
    const count = readNumber(state, 'count', 0, Number.MAX_SAFE_INTEGER);
    const mean = readNumber(state, 'mean', 0, 1);
    this.#recent = readNumber(state, 'recent', 0, 1);
    [this.#count, this.#mean] = [count, mean];
  }
}
