import { Dexie } from 'dexie';
import type { Database } from './database.ts';
import { isRecord, parseRecord } from './records.ts';
import {
  auditRecord,
  reviewRecord,
  type AuditEntry,
  type AuditRecord,
  type ReviewRecord,
  type ReviewState,
} from './review-records.ts';

/** Reviews and the audit trail in IndexedDB: see the methods of the same names of `Store`. */
export class DexieReviews {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  putReview(review: ReviewRecord, audit: readonly AuditEntry[], expected: ReviewState | null): Promise<boolean> {
    return this.#database.transact('rw', ['reviews', 'audit'], async (transaction) => {
      const table = transaction.table<unknown, string>('reviews');
      const stored = await table.get(review.reviewId);
      const state = isRecord<ReviewRecord>(reviewRecord, stored) ? stored.state : null;
      if (state !== expected) return false;
      await table.put(review);
      await transaction.table('audit').bulkAdd(audit);
      return true;
    });
  }

  review(reviewId: string): Promise<ReviewRecord | undefined> {
    return this.#database.run(async () => {
      const row = await this.#database.reviews.get(reviewId);
      return row === undefined ? undefined : parseRecord(reviewRecord, row, 'reviews');
    });
  }

  reviews(taskId: string, state: ReviewState, limit: number): Promise<ReviewRecord[]> {
    return this.#database.run(async () => {
      const rows = await this.#inState(taskId, state).limit(limit).toArray();
      return rows.map((row) => parseRecord(reviewRecord, row, 'reviews'));
    });
  }

  countReviews(taskId: string, state: ReviewState): Promise<number> {
    return this.#database.run(() => this.#inState(taskId, state).count());
  }

  #inState(taskId: string, state: ReviewState) {
    return this.#database.reviews
      .where('[taskId+state+openedAtMs]')
      .between([taskId, state, Dexie.minKey], [taskId, state, Dexie.maxKey]);
  }

  appendAudit(entries: readonly AuditEntry[]): Promise<void> {
    return this.#database.run(async () => void (await this.#database.audit.bulkAdd(entries)));
  }

  audit(taskId: string, after: number, limit: number): Promise<AuditRecord[]> {
    return this.#database.run(async () => {
      const range = this.#database.audit
        .where('[taskId+sequence]')
        .between([taskId, after], [taskId, Dexie.maxKey], false, true);
      const rows = await range.limit(limit).toArray();
      return rows.map((row) => parseRecord(auditRecord, row, 'audit'));
    });
  }
}
