import * as v from 'valibot';

/** Something that waits for a person, or that a person has settled. */
export const reviewRecord = v.object({
  reviewId: v.string(),
  taskId: v.string(),
  modelKey: v.string(),
  /** A decision that was not the model's to make, or a version that may not serve unseen. */
  kind: v.picklist(['decision', 'promotion']),
  /** The decision that it is about; null for a version. */
  decisionId: v.nullable(v.string()),
  state: v.picklist(['open', 'accepted', 'corrected', 'rejected', 'withdrawn']),
  openedAtMs: v.number(),
  closedAtMs: v.nullable(v.number()),
  /** What the reviewer is shown, and what was said: parsed where reviews are made. */
  about: v.unknown(),
  outcome: v.unknown(),
});
export type ReviewRecord = v.InferOutput<typeof reviewRecord>;
export type ReviewState = ReviewRecord['state'];

/** One step that can be asked about later. Entries are added, and never changed. */
export const auditRecord = v.object({
  /** Grows by one with every entry on this device. */
  sequence: v.number(),
  taskId: v.string(),
  atMs: v.number(),
  /** Who did it: a reviewer's name, or `tendril`. */
  actor: v.string(),
  action: v.string(),
  /** What it was done to: the id of a review, the digest of a version. */
  subject: v.string(),
  /** Plain data. */
  details: v.unknown(),
});
export type AuditRecord = v.InferOutput<typeof auditRecord>;
export type AuditEntry = Omit<AuditRecord, 'sequence'>;
