import type { EntryBook } from './entry-book.ts';
import type { EntryVectors } from './entry-vectors.ts';
import { feedbackShifts, type FeedbackRule, type Shifts } from './feedback-shift.ts';
import type { NearItems } from './nearest-items.ts';
import type { RetrievalHit } from './retrieval-hit.ts';
import type { ItemEntry } from './retrieval-entry.ts';
import { parseRetrievalQuery, type RetrievalQuery } from './retrieval-event.ts';
import { TopK } from './top-k.ts';

/** What a question is asked of. */
export interface Asked {
  readonly book: EntryBook;
  readonly vectors: EntryVectors;
  readonly rule: FeedbackRule;
}

/** One question to a store, and what feedback says about it. It answers as long as the store stays as it is. */
export class Question {
  readonly #book: EntryBook;
  readonly #vectors: EntryVectors;
  readonly #limit: number;
  readonly #shifts: Shifts;
  /** Items that corrections put first, in that order, with the event that does. */
  readonly #firsts: ReadonlyMap<ItemEntry, string>;
  /** What items are found by. */
  readonly vector: Float32Array;

  /** @throws INVALID_DATA where the query has no vector in the store's space */
  constructor({ book, vectors, rule }: Asked, query: RetrievalQuery, nowMs: number) {
    this.#book = book;
    this.#vectors = vectors;
    this.#limit = rule.limit;
    const { plain, weighed } = vectors.query(parseRetrievalQuery(query), book.frequencies.importance);
    this.vector = weighed;
    const counting = [...book.feedback.values()].filter(({ supersededBy }) => supersededBy === null);
    this.#shifts = feedbackShifts(counting, ({ vector }) => vectors.similarity(plain, vector), nowMs, rule);
    this.#firsts = this.#findFirsts();
  }

  /** Items whose place is another one than their similarity says, at most. */
  get moved(): number {
    return this.#shifts.byItem.size + this.#firsts.size;
  }

  /** The `k` best of all items: every similarity is worked out, and looked at only where it can still be enough. */
  answer(k: number): RetrievalHit[] {
    const best = new TopK(k);
    const mostShift = this.#shifts.byItem.size === 0 ? 0 : this.#limit;
    const similarities = this.#vectors.similarities(this.vector);
    for (let slot = 0; slot < similarities.length; slot++) {
      const similarity = similarities[slot]!;
      if (similarity + mostShift >= best.floor) this.#offer(best, slot, similarity);
    }
    return this.#hits(best, k);
  }

  /**
   * The same answer, of the items that are near and of those that feedback moves. What is neither has its similarity as its score, and that is at most
   * `near.restAtMost`: below the last of the answer it cannot be part of it.
   * @returns null where some other item may be as good
   */
  answerAmong(near: NearItems, k: number): RetrievalHit[] | null {
    const wanted = Math.max(0, k - this.#firsts.size);
    const best = new TopK(wanted);
    for (const slot of new Set([...near.slots, ...this.#movedSlots()])) {
      this.#offer(best, slot, this.#vectors.similarityAt(this.vector, slot));
    }
    const isSettled = near.restAtMost === -Infinity || best.floor > near.restAtMost;
    return isSettled ? this.#hits(best, k) : null;
  }

  *#movedSlots(): Iterable<number> {
    for (const id of this.#shifts.byItem.keys()) {
      const vector = this.#book.current.get(id)?.vector;
      if (vector && 'slot' in vector) yield vector.slot;
    }
  }

  #offer(best: TopK, slot: number, similarity: number): void {
    const item = this.#book.owner(slot);
    if (!item || this.#firsts.has(item)) return;
    best.push(item.sequence, similarity + (this.#shifts.byItem.get(item.id)?.value ?? 0));
  }

  #findFirsts(): Map<ItemEntry, string> {
    const firsts = new Map<ItemEntry, string>();
    for (const { itemId, eventId } of this.#shifts.answers) {
      const item = this.#book.current.get(itemId);
      if (item && !firsts.has(item)) firsts.set(item, eventId);
    }
    return firsts;
  }

  /** What comes first, then the best; equal scores in the order of adding. */
  #hits(best: TopK, k: number): RetrievalHit[] {
    const others = best.sorted().flatMap(({ index }) => this.#book.items.get(index) ?? []);
    return [...this.#firsts.keys(), ...others].slice(0, k).map((item) => this.#hit(item));
  }

  #hit(item: ItemEntry): RetrievalHit {
    const { id, answer, features, eventId, atMs, source } = item;
    const similarity = this.#vectors.similarity(this.vector, item.vector) ?? 0;
    const shift = this.#shifts.byItem.get(id);
    return {
      ...{ id, answer, features, similarity, correctedBy: this.#firsts.get(item) ?? null },
      score: similarity + (shift?.value ?? 0),
      feedback: shift?.eventIds ?? [],
      provenance: { eventId, atMs, source },
    };
  }
}
