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

/** 0/1 values that the variance is guessed from before there are others. */
const PRIOR_VALUES = 5;
const VARIANCE_POWER = 0.75;

export function meanOf({ size, total }: Segment): number {
  return total / size;
}

/**
 * What the logarithm of the likelihood of 0/1 values is divided by for values in [0, 1] that may vary less; 1 for 0/1 values, for which it is exact.
 * Dividing by the share of their variance (quasi-likelihood, Wedderburn, Biometrika 1974) is right for means of many values, but losses have a
 * long tail above, and means of few of them are far off more often than that; dividing by 1 is safe for all values in [0, 1] and sees
 * little. This power of the share lies between: no more false alarms than of 0/1 values with exponential and logarithmic losses, and with rare
 * errors among small losses, which are the worst of these.
 */
export function dispersion({ size, total, squares }: Pooled): number {
  const prior = PRIOR_VALUES * variance(smoothed({ size, total }));
  return Math.min(1, (squares + prior) / (size * variance(meanOf({ size, total })) + prior)) ** VARIANCE_POWER;
}

/** All but the newest. Sums of fractions may differ in the last bit, and a mean has to stay within [0, 1]. */
export function olderOf(all: Segment, newer: Segment): Segment {
  const size = all.size - newer.size;
  return { size, total: Math.min(size, Math.max(0, all.total - newer.total)) };
}

/**
 * The logarithm of the likelihood ratio that {@link changeEvidence} starts from is no more than this, which costs no logarithm. In numbers,
 * because it is asked of every place after every value.
 * @param size of the newer segment @param total of it @param variance of 0/1 values with the mean of all
 */
export function evidenceBound(size: number, total: number, all: Segment, variance: number): number {
  const older = all.size - size;
  const apart = total / size - (all.total - total) / older;
  return variance === 0 ? 0 : (older * size * apart * apart) / (all.size * variance);
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

export function variance(mean: number): number {
  return mean * (1 - mean);
}
