import type { AuditEntry, AuditRecord, ReviewRecord, ReviewState } from './review-records.ts';

/** Reviews and the audit trail without durability. */
export class MemoryReviews {
  readonly reviews = new Map<string, ReviewRecord>();
  readonly trail: AuditRecord[] = [];

  put(review: ReviewRecord, audit: readonly AuditEntry[], expected: ReviewState | null): boolean {
    if ((this.reviews.get(review.reviewId)?.state ?? null) !== expected) return false;
    this.reviews.set(review.reviewId, structuredClone(review));
    this.append(audit);
    return true;
  }

  of(taskId: string, state: ReviewState, limit: number): ReviewRecord[] {
    return [...this.reviews.values()]
      .filter((review) => review.taskId === taskId && review.state === state)
      .sort((a, b) => a.openedAtMs - b.openedAtMs || (a.reviewId < b.reviewId ? -1 : 1))
      .slice(0, limit);
  }

  append(entries: readonly AuditEntry[]): void {
    for (const entry of entries) this.trail.push(structuredClone({ ...entry, sequence: this.trail.length + 1 }));
  }

  after(taskId: string, sequence: number, limit: number): AuditRecord[] {
    return this.trail.filter((entry) => entry.taskId === taskId && entry.sequence > sequence).slice(0, limit);
  }

  /** @returns how many went */
  remove(goes: (review: ReviewRecord) => boolean): number {
    const gone = [...this.reviews.values()].filter(goes);
    for (const { reviewId } of gone) this.reviews.delete(reviewId);
    return gone.length;
  }
}
