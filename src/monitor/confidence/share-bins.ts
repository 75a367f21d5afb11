/** Bins for numbers in [0, 1] that are even in their log-odds, because what matters happens near the ends: 0.99 and 0.999 are ten times apart. */

export const BINS = 64;
const STEP = 0.25;

/** Log-odds of a share, cut at those of the outermost bins. */
export function logitOf(share: number): number {
  const most = (BINS / 2) * STEP;
  if (!(share > 0)) return -most;
  if (!(share < 1)) return most;
  return Math.max(-most, Math.min(most, Math.log(share / (1 - share))));
}

/** @param share in [0, 1] @returns 0 to BINS − 1 */
export function binOf(share: number): number {
  return Math.min(BINS - 1, Math.floor(logitOf(share) / STEP) + BINS / 2);
}

/** Share in the middle of a bin. */
export function middleOf(bin: number): number {
  return 1 / (1 + Math.exp(-(bin - BINS / 2 + 0.5) * STEP));
}

/** A number from 0 on, such as an entropy in nats, as a share: the probability that is lost. */
export function shareOfNats(nats: number): number {
  return 1 - Math.exp(-Math.max(0, nats));
}
