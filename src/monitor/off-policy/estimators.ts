import type { OffPolicyEstimator } from './estimator.ts';
import { MeanEstimator } from './mean-estimator.ts';
import { SelfNormalised } from './self-normalised.ts';
import { TunedEstimator } from './tuned-estimator.ts';

/** Weights to shrink at, about three a decade: from the direct method (0) to plain doubly robust. */
const WEIGHT_SIZES = [0, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, Infinity];

/** Inverse propensity scoring, `mean(w r)`: without bias, and of large variance where weights are large. */
export function ips(): OffPolicyEstimator {
  return new MeanEstimator('ips', ({ weight, reward }) => weight * reward);
}

/** IPS with weights cut at the best of `largestWeights` (Ionides 2008; OBP's tuned IPW), which trades variance for bias downwards. */
export function clippedIps(largestWeights: readonly number[] = WEIGHT_SIZES.slice(1)): OffPolicyEstimator {
  return new TunedEstimator('clippedIps', Math.min, largestWeights, { useModel: false });
}

/** IPS divided by the mean weight: never outside the range of the rewards. */
export function snips(): OffPolicyEstimator {
  return new SelfNormalised();
}

/** The reward model's own expectation: as good, and as biased, as the model. */
export function directMethod(): OffPolicyEstimator {
  return new TunedEstimator('directMethod', () => 0, [0]);
}

/** The direct method, corrected by the weighted residuals (Dudík et al. 2014, arXiv 1503.02834). */
export function doublyRobust(): OffPolicyEstimator {
  return new MeanEstimator(
    'doublyRobust',
    ({ weight, reward, predicted, direct }) => direct + weight * (reward - predicted),
  );
}

/** Doubly robust where the weight is at most a threshold, the direct method elsewhere (Wang et al. 2017, arXiv 1612.01205). */
export function switchDr(thresholds: readonly number[] = WEIGHT_SIZES): OffPolicyEstimator {
  return new TunedEstimator('switchDr', (weight, threshold) => (weight <= threshold ? weight : 0), thresholds);
}

/** Doubly robust with optimistic shrinkage, `ŵ = λ w / (w² + λ)` (Su et al. 2020, arXiv 1907.09623). */
export function shrinkageDr(lambdas: readonly number[] = WEIGHT_SIZES.map((size) => size * size)): OffPolicyEstimator {
  return new TunedEstimator(
    'shrinkageDr',
    (weight, lambda) =>
      lambda === Infinity ? weight : weight === 0 ? 0 : (lambda * weight) / (weight * weight + lambda),
    lambdas,
  );
}

/** One of each, with defaults. */
export function allEstimators(): OffPolicyEstimator[] {
  return [ips(), clippedIps(), snips(), directMethod(), doublyRobust(), switchDr(), shrinkageDr()];
}
