import type { OffPolicyEstimator } from './estimator.ts';
import type { PolicyTerms } from './logged-interaction.ts';

/**
 * Self-normalised importance sampling, `Σ w r / Σ w` (Swaminathan and Joachims 2015, "The Self-Normalized Estimator for Counterfactual
 * Learning"). Its standard error is that of a ratio by the delta method, `sqrt(Σ w² (r − value)²) / Σ w`.
 */
export class SelfNormalised implements OffPolicyEstimator {
  readonly name = 'snips';
  readonly stateSize = 6;
  #count = 0;
  #weights = 0;
  #rewards = 0;
  #squares = 0;
  #squaresReward = 0;
  #squaresRewardSquare = 0;

  update({ weight, reward }: PolicyTerms): void {
    this.#count++;
    this.#weights += weight;
    this.#rewards += weight * reward;
    this.#squares += weight * weight;
    this.#squaresReward += weight * weight * reward;
    this.#squaresRewardSquare += weight * weight * reward * reward;
  }

  /** NaN, too, where every weight was 0. */
  value(): number {
    return this.#weights > 0 ? this.#rewards / this.#weights : NaN;
  }

  standardError(): number {
    if (this.#count < 2) return NaN;
    const value = this.value();
    const spread = this.#squaresRewardSquare - 2 * value * this.#squaresReward + value * value * this.#squares;
    return Math.sqrt(Math.max(0, spread)) / this.#weights;
  }

  state(): Float64Array<ArrayBuffer> {
    const sums = [this.#squares, this.#squaresReward, this.#squaresRewardSquare] as const;
    return Float64Array.of(this.#count, this.#weights, this.#rewards, ...sums);
  }

  restore(state: Float64Array): void {
    [this.#count, this.#weights, this.#rewards] = [state[0]!, state[1]!, state[2]!];
    [this.#squares, this.#squaresReward, this.#squaresRewardSquare] = [state[3]!, state[4]!, state[5]!];
  }
}
