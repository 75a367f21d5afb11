import type { PolicyTerms } from './logged-interaction.ts';

export type EstimatorName =
  'ips' | 'clippedIps' | 'snips' | 'directMethod' | 'doublyRobust' | 'switchDr' | 'shrinkageDr';

/** An off-policy estimator over a stream, in bounded state. It computes; whether its answer may be acted on is decided by the evaluation. */
export interface OffPolicyEstimator {
  readonly name: EstimatorName;
  update(terms: PolicyTerms): void;
  /** Estimated mean reward of the evaluation policy; NaN before the first update. */
  value(): number;
  /** Estimated root mean squared error of `value`: sampling error and, for estimators that are biased by design, their estimated bias. NaN before the second update. */
  standardError(): number;
  /** [stateSize] numbers that say all that was learned. */
  state(): Float64Array<ArrayBuffer>;
  /** @param state of the right length and finite: the evaluation checks it */
  restore(state: Float64Array): void;
  readonly stateSize: number;
}
