import type { Calibrator } from './calibrator.ts';
import type { LabelAgreement } from './label-agreement.ts';
import type { SaidSums } from './said-bins.ts';

export type PerformanceRefusalReason = 'too-few-labels' | 'too-few-decisions' | 'unlike-labelled' | 'labels-disagree';

/** Why there is no estimate, in numbers and in words. */
export interface PerformanceRefusal {
  readonly reason: PerformanceRefusalReason;
  readonly actual: number;
  /** What `actual` must reach; for `unlike-labelled` and `labels-disagree`, what it must not pass. */
  readonly floor: number;
  readonly explanation: string;
}

/** Below, the line through all bins is mostly what was believed before. */
export const LEAST_LABELS = 100;
/** Below, the interval is too wide to say anything. */
const LEAST_DECISIONS = 30;
/** Bins to each side, half a unit of log-odds, and the labels that have to be there. */
const REACH = 2;
const LEAST_SUPPORT = 10;
const MOST_UNSUPPORTED = 0.2;
/** Standard deviations; looked at again and again. */
const MOST_DISAGREEMENT = 4;

/** The first floor that does not hold, the most basic one first. */
export function refusalOf(
  { labels, decisions }: { readonly labels: number; readonly decisions: number },
  waiting: readonly SaidSums[],
  calibrator: Calibrator,
  agreement: LabelAgreement,
): PerformanceRefusal | null {
  if (labels < LEAST_LABELS) {
    const explanation = `${Math.round(labels)} labels are too few to know what the model's confidence is worth`;
    return { reason: 'too-few-labels', actual: labels, floor: LEAST_LABELS, explanation };
  }
  if (decisions < LEAST_DECISIONS) {
    const explanation = `${decisions} decisions are too few to say how many of them are right`;
    return { reason: 'too-few-decisions', actual: decisions, floor: LEAST_DECISIONS, explanation };
  }
  const unsupported = unsupportedShare(waiting, decisions, calibrator);
  if (unsupported > MOST_UNSUPPORTED) {
    const explanation = `of ${Math.round(100 * unsupported)} % of the decisions the model says what it has hardly ever said of labelled ones`;
    return { reason: 'unlike-labelled', actual: unsupported, floor: MOST_UNSUPPORTED, explanation };
  }
  const off = Math.abs(agreement.deviation(labels));
  if (off <= MOST_DISAGREEMENT) return null;
  const explanation = `the last labels are ${off.toFixed(1)} standard deviations away from what was expected of them: what inputs mean has changed`;
  return { reason: 'labels-disagree', actual: off, floor: MOST_DISAGREEMENT, explanation };
}

function unsupportedShare(waiting: readonly SaidSums[], decisions: number, calibrator: Calibrator): number {
  let count = 0;
  waiting.forEach((bin, i) => {
    if (bin.count > 0 && calibrator.support(i, REACH) < LEAST_SUPPORT) count += bin.count;
  });
  return count / decisions;
}
