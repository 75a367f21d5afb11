import type { AuditEntry, ReviewRecord } from '../memory/review-records.ts';

/** Who acts where no person does. */
export const TENDRIL = 'tendril';

export const actions = {
  opened: 'opened',
  /** What a person said of a decision: see `Settlement`. */
  settled: ['accepted', 'corrected', 'rejected'] as readonly string[],
  withdrawn: 'withdrawn',
  requested: 'promotion-requested',
  approved: 'promotion-approved',
  refused: 'promotion-refused',
  /** What leaves the device, and whether it may. */
  agreed: 'sharing-agreed',
  disagreed: 'sharing-withdrawn',
  sent: 'sent',
} as const;

/**
 * Entries say who did what to what, and when. They stay when a decision is forgotten, so that they never repeat what a visitor did or a reviewer wrote
 * about it: that is in the review, by the id that `subject` gives.
 */
export function entryOf(
  { taskId, reviewId }: Pick<ReviewRecord, 'taskId' | 'reviewId'>,
  action: string,
  {
    actor = TENDRIL,
    atMs,
    details = {},
  }: { readonly actor?: string; readonly atMs: number; readonly details?: object },
): AuditEntry {
  return { taskId, atMs, actor, action, subject: reviewId, details };
}
