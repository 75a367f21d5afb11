import { TendrilError } from '../../errors.ts';

export interface PairedOptions {
  /** What the mean may be and nothing is wrong; above `least`, below 1. Default 0. */
  readonly margin?: number;
  /** The least value that can occur, known beforehand: the closer to the margin, the stronger the test. In [−1, 0); default −1. */
  readonly least?: number;
}

/** @throws INVALID_CONFIG */
export function pairedRange({ margin = 0, least = -1 }: PairedOptions): {
  readonly margin: number;
  readonly least: number;
} {
  if (!(least >= -1 && least < 0 && margin > least && margin < 1)) {
    throw new TendrilError('INVALID_CONFIG', { reason: `margin ${margin} and least value ${least} do not fit` });
  }
  return { margin, least };
}

/** @throws INVALID_DATA for a value outside [least, 1], for which no evidence is valid */
export function checkPaired(value: number, least: number): void {
  if (!(value >= least && value <= 1)) {
    throw new TendrilError('INVALID_DATA', { reason: `the difference ${value} is not in [${least}, 1]` });
  }
}

/**
 * Loss of the champion minus loss of the challenger on one experience, in [−1, 1]: positive where the challenger is better. Losses are cut at `largest`
 * first, so that one absurd prediction cannot decide.
 * @param largest a loss that counts as wholly wrong, e.g. 1 for right or wrong, ln(classes) · 2 for the log loss
 */
export function pairedDifference(championLoss: number, challengerLoss: number, largest: number): number {
  const cut = (loss: number): number => Math.min(largest, Math.max(0, Number.isNaN(loss) ? largest : loss));
  return (cut(championLoss) - cut(challengerLoss)) / largest;
}
