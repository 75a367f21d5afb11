import { emptyMoments, updateMoments, type Moments } from '../../core/running-moments.ts';
import type { EstimatorName, OffPolicyEstimator } from './estimator.ts';
import type { PolicyTerms } from './logged-interaction.ts';

/** Estimators that are a mean over interactions of one number each. */
export class MeanEstimator implements OffPolicyEstimator {
  readonly name: EstimatorName;
  readonly stateSize = 3;
  readonly #contribution: (terms: PolicyTerms) => number;
  #moments: Moments = emptyMoments();

  constructor(name: EstimatorName, contribution: (terms: PolicyTerms) => number) {
    this.name = name;
    this.#contribution = contribution;
  }

  update(terms: PolicyTerms): void {
    updateMoments(this.#moments, this.#contribution(terms));
  }

  value(): number {
    return this.#moments.count === 0 ? NaN : this.#moments.mean;
  }

  standardError(): number {
    return standardErrorOf(this.#moments);
  }

  state(): Float64Array<ArrayBuffer> {
    return Float64Array.of(this.#moments.count, this.#moments.mean, this.#moments.squares);
  }

  restore(state: Float64Array): void {
    this.#moments = { count: state[0]!, mean: state[1]!, squares: state[2]! };
  }
}

/** Of the mean; NaN before the second value. */
export function standardErrorOf({ count, squares }: Moments): number {
  return count < 2 ? NaN : Math.sqrt(squares / (count - 1) / count);
}
