import type { RewardEstimates } from '../../src/learners/reward/reward-model.ts';

export function estimatesOf(
  scores: readonly number[],
  deviations: readonly number[] = scores.map(() => 1),
): RewardEstimates {
  return {
    scores: Float64Array.from(scores),
    deviations: Float64Array.from(deviations),
    means: Float64Array.from(scores, (score) => 1 / (1 + Math.exp(-score))),
  };
}
