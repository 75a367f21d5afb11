/** Consecutive values: how many, and their sum. */
export interface Segment {
  readonly size: number;
  readonly total: number;
}

/** All values of a window. */
export interface Pooled extends Segment {
  /** Sum of squared deviations from the mean. */
  readonly squares: number;
}

/** Values that a guess of the dispersion counts as, in favour of 0/1 values. */
const DISPERSION_PRIOR = 30;

export function meanOf({ size, total }: Segment): number {
  return total / size;
}

/**
 * Variance of values in [0, 1] as a share of what 0/1 values of the same mean have; 1 for those. A likelihood of 0/1 values is made for
 * others by dividing its logarithm by it (quasi-likelihood, Wedderburn, Biometrika 1974).
 */
export function dispersion({ size, total, squares }: Pooled): number {
  const mean = meanOf({ size, total });
  const prior = DISPERSION_PRIOR * variance(smoothed({ size, total }));
  return Math.min(1, (squares + prior) / (size * variance(mean) + prior));
}

/** The logarithm of the likelihood ratio that {@link changeEvidence} starts from is no more than this, which costs no logarithm. */
export function evidenceBound(older: Segment, newer: Segment, all: Segment, scale: number): number {
  const apart = meanOf(newer) - meanOf(older);
  if (apart === 0) return 0;
  return (older.size * newer.size * apart * apart) / (all.size * variance(meanOf(all)) * scale);
}

/**
 * How much likelier the values are if their mean changed between two segments than if it did not, given that the change went this way: the
 * likelihood ratio of 0/1 values, its shift (in log-odds) integrated by Laplace's method under a half-normal prior.
 * @param all of both @param scale {@link dispersion} of all @param shiftDeviation of the prior, in log-odds
 */
export function changeEvidence(
  older: Segment,
  newer: Segment,
  all: Segment,
  scale: number,
  shiftDeviation: number,
): number {
  const ratio = (logLikelihood(older) + logLikelihood(newer) - logLikelihood(all)) / scale;
  const [before, after] = [smoothed(older), smoothed(newer)];
  const shift = Math.log((after / (1 - after)) * ((1 - before) / before));
  const uncertainty = scale * (1 / ((older.size + 1) * variance(before)) + 1 / ((newer.size + 1) * variance(after)));
  const prior = shiftDeviation ** 2;
  const spread = prior + uncertainty;
  return 2 * Math.sqrt(uncertainty / spread) * Math.exp(ratio - shift ** 2 / (2 * spread));
}

/** Of 0/1 values, at the mean that fits them best. */
function logLikelihood({ size, total }: Segment): number {
  return timesLog(total) + timesLog(size - total) - timesLog(size);
}

function timesLog(value: number): number {
  return value > 0 ? value * Math.log(value) : 0;
}

/** The mean, kept off 0 and 1 by half a value of each. */
function smoothed({ size, total }: Segment): number {
  return (total + 0.5) / (size + 1);
}

function variance(mean: number): number {
  return mean * (1 - mean);
}
