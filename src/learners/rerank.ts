import { TendrilError } from '../errors.ts';

/**
 * Scores that also count how satisfied the visitor would be: `(1 − strength) · score + strength · predicted satisfaction`. A candidate without a
 * prediction (NaN) keeps its score.
 *
 * Propensities stay exact because this happens before the policy chooses: it is a function of what the model knew, without chance, so
 * `policy.choose(rerank(…))` gives the probabilities of the final order. Re-ordering what a policy has chosen would make them wrong. Log the
 * model's `rewardVersion` and `strength` with the decision, and the scores can be made again.
 * @param scores [candidates], expected rewards in [0, 1] @param predictedSatisfaction [candidates], in [0, 1] or NaN
 * @param strength in [0, 1]: 0 leaves the scores as they are
 * @returns [candidates]
 * @throws INVALID_CONFIG for a strength outside [0, 1], INVALID_DATA for arrays of different lengths
 */
export function rerank(scores: Float64Array, predictedSatisfaction: Float64Array, strength: number): Float64Array {
  if (!(strength >= 0 && strength <= 1)) {
    throw new TendrilError('INVALID_CONFIG', { reason: `strength ${strength} is not in [0, 1]` });
  }
  if (scores.length !== predictedSatisfaction.length) {
    throw new TendrilError('INVALID_DATA', {
      reason: `${predictedSatisfaction.length} predictions for ${scores.length} candidates`,
    });
  }
  return scores.map((score, index) => {
    const predicted = predictedSatisfaction[index]!;
    return Number.isNaN(predicted) ? score : (1 - strength) * score + strength * predicted;
  });
}
