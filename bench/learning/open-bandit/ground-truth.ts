import type { OpenBanditLog } from './log.ts';

/** The mean reward that a policy had in its own log; `lower` and `upper` are Wilson's 95 % interval (1927) for a rate. */
export interface GroundTruth {
  readonly value: number;
  readonly clicks: number;
  readonly lower: number;
  readonly upper: number;
}

const Z = 1.959963984540054;

export function groundTruth({ reward }: OpenBanditLog): GroundTruth {
  const clicks = reward.reduce((sum, value) => sum + value, 0);
  const rows = reward.length;
  const value = clicks / rows;
  const shrunk = 1 + (Z * Z) / rows;
  const centre = (value + (Z * Z) / (2 * rows)) / shrunk;
  const half = (Z / shrunk) * Math.sqrt((value * (1 - value)) / rows + (Z * Z) / (4 * rows * rows));
  return { value, clicks, lower: centre - half, upper: centre + half };
}

/** `|estimate − truth| / truth`. */
export function relativeError(estimate: number, truth: number): number {
  return Math.abs(estimate - truth) / truth;
}

/**
 * Chance that an estimator which knows the policy's true rate exactly comes within `error` of a rate measured from `rows` interactions, where
 * the true rate is the one measured: how far the goal is decided by the ground truth's own noise. Exact, by the binomial distribution.
 */
export function chanceOfPerfectEstimate({ value }: GroundTruth, rows: number, error: number): number {
  let chance = 0;
  let logMass = rows * Math.log1p(-value);
  for (let clicks = 0; clicks <= rows; clicks++) {
    if (clicks > 0 && relativeError(value, clicks / rows) <= error) chance += Math.exp(logMass);
    logMass += Math.log((rows - clicks) / (clicks + 1)) + Math.log(value / (1 - value));
  }
  return chance;
}

/**
 * The same chance for an unbiased estimator with this relative standard error, whose noise and the truth's are independent and about normal:
 * `P(|N(0, s² + 1/clicks)| ≤ error)`.
 */
export function chanceOfUnbiasedEstimate(
  { clicks }: GroundTruth,
  relativeStandardError: number,
  error: number,
): number {
  return erf(error / Math.sqrt(2 * (relativeStandardError ** 2 + 1 / clicks)));
}

/** Abramowitz and Stegun 7.1.26, to 1.5e-7. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 1 - polynomial * Math.exp(-x * x);
}
