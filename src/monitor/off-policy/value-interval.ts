import type { PolicyTerms } from './logged-interaction.ts';
import { LowerMeanProcess } from '../sequential/lower-mean-process.ts';
import { lowestPossible } from '../sequential/lowest-possible.ts';

export interface ConfidenceInterval {
  readonly lower: number;
  readonly upper: number;
  /** Probability, e.g. 0.95, that the true value is inside at every time at once. */
  readonly level: number;
}

/**
 * Lower confidence sequence for the mean reward of the evaluation policy. It averages the evidence of two processes whose terms have a
 * mean of at most that value: importance-weighted rewards, their weights cut at √t (rewards are not negative: cutting can only lower the
 * mean, and the cut is known before the row), and, where the logging policy bounds the weights, the doubly robust terms.
 */
class LowerValueBound {
  readonly #cut = new LowerMeanProcess(0);
  readonly #doublyRobust: LowerMeanProcess | null;

  constructor(maxWeight: number) {
    this.#doublyRobust = Number.isFinite(maxWeight) ? new LowerMeanProcess(maxWeight) : null;
  }

  update(weight: number, reward: number, predicted: number, direct: number): void {
    this.#cut.update(Math.min(weight, Math.sqrt(this.#cut.count + 1)) * reward);
    this.#doublyRobust?.update(direct + weight * (reward - predicted));
  }

  /** The smallest value in [0, 1] that is not refuted at `errorProbability`. */
  bound(errorProbability: number): number {
    return lowestPossible((mean) => this.#logEvidence(mean), errorProbability, [0, 1]);
  }

  #logEvidence(mean: number): number {
    const cut = this.#cut.logEvidence(mean);
    if (!this.#doublyRobust) return cut;
    const other = this.#doublyRobust.logEvidence(mean);
    const largest = Math.max(cut, other);
    return largest + Math.log((Math.exp(cut - largest) + Math.exp(other - largest)) / 2);
  }

  state(): number[] {
    return [...this.#cut.state(), ...(this.#doublyRobust?.state() ?? [0, 0, 0])];
  }

  restore(state: Float64Array, at: number): void {
    this.#cut.restore([state[at]!, state[at + 1]!, state[at + 2]!]);
    this.#doublyRobust?.restore([state[at + 3]!, state[at + 4]!, state[at + 5]!]);
  }
}

/**
 * A confidence sequence for the value of the evaluation policy: valid however often it is looked at, whenever the log is stopped, for weights
 * without a bound, and while the logging policy learns (Waudby-Smith et al. 2022, arXiv 2210.10768). Where the value changes with time it
 * is for the mean so far. The upper end is the lower end for the complement, 1 − reward.
 */
export class ValueInterval {
  readonly stateSize = 4 * LowerMeanProcess.stateSize;
  readonly #rewards: LowerValueBound;
  readonly #complements: LowerValueBound;

  /** @param maxWeight a bound that the logging policy's exploration guarantees beforehand, not one seen in the log; Infinity without one */
  constructor(maxWeight: number) {
    this.#rewards = new LowerValueBound(maxWeight);
    this.#complements = new LowerValueBound(maxWeight);
  }

  update({ weight, reward, predicted, direct }: PolicyTerms): void {
    this.#rewards.update(weight, reward, predicted, direct);
    this.#complements.update(weight, 1 - reward, 1 - predicted, 1 - direct);
  }

  interval(level: number): ConfidenceInterval {
    const each = (1 - level) / 2;
    return { lower: this.#rewards.bound(each), upper: 1 - this.#complements.bound(each), level };
  }

  state(): Float64Array<ArrayBuffer> {
    return Float64Array.from([...this.#rewards.state(), ...this.#complements.state()]);
  }

  restore(state: Float64Array): void {
    this.#rewards.restore(state, 0);
    this.#complements.restore(state, this.stateSize / 2);
  }
}
