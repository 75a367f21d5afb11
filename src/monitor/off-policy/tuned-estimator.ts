import { emptyMoments, updateMoments, type Moments } from '../../core/running-moments.ts';
import type { EstimatorName, OffPolicyEstimator } from './estimator.ts';
import type { PolicyTerms } from './logged-interaction.ts';
import { standardErrorOf } from './mean-estimator.ts';

/** A weight made smaller, with `size` saying how little: 0 gives the direct method, infinity leaves the weight alone. */
export type Shrinkage = (weight: number, size: number) => number;

interface Candidate {
  readonly size: number;
  contribution: Moments;
  /** Of the part that shrinking takes away: its mean estimates the bias. */
  removed: Moments;
}

const STATE_OF_ONE = 6;

/**
 * Doubly robust with shrunk weights, `direct + ŵ (r − predicted)`. All candidate sizes are followed at once, and the answer is that of the
 * size whose estimated mean squared error is least: sampling variance + squared estimated bias, where the bias is `mean((w − ŵ)(r − predicted))`
 * (Su et al. 2020, arXiv 1907.09623, section 5, direct bias estimation). The standard error is the root of that sum for the largest size: what
 * was gained by choosing cannot be claimed from the same log.
 */
export class TunedEstimator implements OffPolicyEstimator {
  readonly name: EstimatorName;
  readonly stateSize: number;
  readonly #shrink: Shrinkage;
  readonly #useModel: boolean;
  readonly #candidates: readonly Candidate[];

  /** @param sizes at least one @param options.useModel false: as if the model predicted 0 everywhere */
  constructor(name: EstimatorName, shrink: Shrinkage, sizes: readonly number[], { useModel = true } = {}) {
    this.name = name;
    this.#useModel = useModel;
    this.#shrink = shrink;
    this.#candidates = sizes.map((size) => ({ size, contribution: emptyMoments(), removed: emptyMoments() }));
    this.stateSize = STATE_OF_ONE * sizes.length;
  }

  update({ weight, reward, predicted, direct }: PolicyTerms): void {
    const residual = this.#useModel ? reward - predicted : reward;
    const model = this.#useModel ? direct : 0;
    for (const candidate of this.#candidates) {
      const shrunk = this.#shrink(weight, candidate.size);
      updateMoments(candidate.contribution, model + shrunk * residual);
      updateMoments(candidate.removed, (weight - shrunk) * residual);
    }
  }

  /** The size that is used now. */
  size(): number {
    return this.#best().size;
  }

  value(): number {
    const { contribution } = this.#best();
    return contribution.count === 0 ? NaN : contribution.mean;
  }

  standardError(): number {
    const largest = this.#candidates.reduce((one, other) => (other.size > one.size ? other : one));
    return largest.contribution.count < 2 ? NaN : Math.sqrt(meanSquaredError(largest));
  }

  /** Of equals the larger size, which is the less biased one. */
  #best(): Candidate {
    return this.#candidates.reduce((best, next) => {
      const [ours, theirs] = [meanSquaredError(best), meanSquaredError(next)];
      return theirs < ours || (theirs === ours && next.size > best.size) ? next : best;
    });
  }

  state(): Float64Array<ArrayBuffer> {
    const state = new Float64Array(this.stateSize);
    this.#candidates.forEach(({ contribution, removed }, index) => {
      const all = [contribution, removed].flatMap(({ count, mean, squares }) => [count, mean, squares]);
      state.set(all, index * STATE_OF_ONE);
    });
    return state;
  }

  restore(state: Float64Array): void {
    this.#candidates.forEach((candidate, index) => {
      candidate.contribution = momentsAt(state, index * STATE_OF_ONE);
      candidate.removed = momentsAt(state, index * STATE_OF_ONE + 3);
    });
  }
}

function meanSquaredError({ contribution, removed }: Candidate): number {
  const error = standardErrorOf(contribution);
  return Number.isNaN(error) ? Infinity : error * error + removed.mean * removed.mean;
}

function momentsAt(state: Float64Array, at: number): Moments {
  return { count: state[at]!, mean: state[at + 1]!, squares: state[at + 2]! };
}
