import type { Json, PartState } from '../../core/part-state.ts';
import { TendrilError } from '../../errors.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import { EntryBook } from './entry-book.ts';
import { EntryVectors } from './entry-vectors.ts';
import { defaultFeedbackRule, feedbackShifts, type FeedbackRule, type Shifts } from './feedback-shift.ts';
import { hashedTextSpace } from './hashed-text.ts';
import { feedbackBytes, itemBytes, type FeedbackEntry, type ItemEntry } from './retrieval-entry.ts';
import {
  parseRetrievalQuery,
  type FeedbackEvent,
  type ParsedItem,
  type ParsedRetrievalEvent,
  type RetrievalQuery,
} from './retrieval-event.ts';
import { parseRetrievalState, restoredVectors, retrievalState } from './retrieval-state.ts';
import { TopK } from './top-k.ts';

export interface RetrievalOptions {
  /** Space of the vectors that are compared; left out: Tendril's own, in which texts are embedded here. */
  readonly space?: EmbeddingSpace;
  /** Estimate of the memory that entries may take, history included; 32 MiB by default. */
  readonly budgetBytes?: number;
  readonly feedback?: Partial<FeedbackRule>;
}

export interface RetrievalHit {
  readonly id: string;
  readonly answer: Json;
  readonly features: ItemEntry['features'];
  /** Similarity plus what feedback adds. */
  readonly score: number;
  /** Cosine of query and item; 0 for a corrected answer that has no vector in the store's space. */
  readonly similarity: number;
  /** Event of the correction that puts this answer first, or null. */
  readonly correctedBy: string | null;
  /** Events behind the shift of the score, oldest first. */
  readonly feedback: readonly string[];
  /** Where the item is from. */
  readonly provenance: Pick<ItemEntry, 'eventId' | 'atMs' | 'source'>;
}

/** What taking an event in did: `applied` is false where it was known already, or is about an item that is not there. */
export interface AppliedEvent {
  readonly applied: boolean;
  /** Events whose entries had to go to make room. */
  readonly evicted: readonly string[];
}

const DEFAULT_BUDGET_BYTES = 32 * 1024 * 1024;
const NOT_APPLIED: AppliedEvent = { applied: false, evicted: [] };

/**
 * Knowledge that is updated without weights: items found by exact cosine similarity, and feedback that moves their scores for similar queries.
 * What the store holds depends on its events alone, so that a log of them gives it back. Within a budget, entries go in this order: history;
 * items by how often they were confirmed, and single votes, the oldest first; corrections and what they name.
 */
export class RetrievalStore {
  readonly #vectors: EntryVectors;
  readonly #rule: FeedbackRule;
  readonly #budgetBytes: number;
  #book: EntryBook;
  #sequence = 0;

  constructor({ space, budgetBytes = DEFAULT_BUDGET_BYTES, feedback = {} }: RetrievalOptions = {}) {
    const own = hashedTextSpace(space?.size);
    this.#vectors = new EntryVectors(space ?? own, space === undefined || space.name === own.name);
    this.#rule = { ...defaultFeedbackRule, ...feedback };
    this.#budgetBytes = budgetBytes;
    this.#book = new EntryBook(this.#vectors, budgetBytes);
  }

  /** Number of items that count. */
  get size(): number {
    return this.#book.current.size;
  }

  /** Estimate of the memory that the entries take. */
  get bytes(): number {
    return this.#book.bytes;
  }

  /**
   * The `k` best items for a query: first what corrections of the same question name, newest first, then by score; equal scores in the order of
   * adding.
   * @throws INVALID_DATA where the query has no vector in the store's space
   */
  search(query: RetrievalQuery, k: number, nowMs: number): RetrievalHit[] {
    const { plain, weighed } = this.#vectors.query(parseRetrievalQuery(query), this.#book.frequencies.importance);
    const shifts = this.#shifts(plain, nowMs);
    const firsts = this.#firsts(shifts);
    return [...firsts.keys(), ...this.#best(weighed, k, firsts, shifts)].slice(0, k).map((item) => {
      const similarity = this.#vectors.similarity(weighed, item.vector) ?? 0;
      return hit(item, similarity, firsts.get(item) ?? null, shifts);
    });
  }

  /** The `k` best by score without those that come first anyway. Items are looked at only where their similarity can still be enough. */
  #best(query: Float32Array, k: number, firsts: ReadonlyMap<ItemEntry, string>, { byItem }: Shifts): ItemEntry[] {
    const best = new TopK(k);
    const mostShift = byItem.size === 0 ? 0 : this.#rule.limit;
    const similarities = this.#vectors.similarities(query);
    for (let slot = 0; slot < similarities.length; slot++) {
      const similarity = similarities[slot]!;
      if (similarity + mostShift < best.floor) continue;
      const item = this.#book.owner(slot);
      if (!item || firsts.has(item)) continue;
      best.push(item.sequence, similarity + (byItem.get(item.id)?.value ?? 0));
    }
    return best.sorted().flatMap(({ index }) => this.#book.items.get(index) ?? []);
  }

  #shifts(query: Float32Array, nowMs: number): Shifts {
    const counting = [...this.#book.feedback.values()].filter(({ supersededBy }) => supersededBy === null);
    return feedbackShifts(counting, ({ vector }) => this.#vectors.similarity(query, vector), nowMs, this.#rule);
  }

  /** Items that corrections put first, in that order, with the event that does. */
  #firsts({ answers }: Shifts): Map<ItemEntry, string> {
    const firsts = new Map<ItemEntry, string>();
    for (const { itemId, eventId } of answers) {
      const item = this.#book.current.get(itemId);
      if (item && !firsts.has(item)) firsts.set(item, eventId);
    }
    return firsts;
  }

  /** Every entry there is of an item, replaced and removed ones included, oldest first. */
  history(itemId: string): readonly Readonly<ItemEntry>[] {
    return [...this.#book.items.values()].filter(({ id }) => id === itemId);
  }

  /** Every feedback that names an item, superseded ones included, oldest first. */
  feedbackAbout(itemId: string): readonly Readonly<FeedbackEntry>[] {
    return [...this.#book.feedback.values()].filter((entry) => entry.itemId === itemId || entry.acceptedId === itemId);
  }

  /**
   * Takes one parsed event in; `applyRetrievalEvent` is the way for one that is not parsed.
   * @throws INVALID_DATA for a vector that does not fit or an item larger than the store; nothing has changed then
   */
  apply(event: ParsedRetrievalEvent): AppliedEvent {
    if (this.#book.knows(event.eventId)) return NOT_APPLIED;
    this.#check(event);
    const before = this.#sequence;
    return this.#take(event) ? { applied: true, evicted: this.#book.makeRoom(before) } : NOT_APPLIED;
  }

  #check(event: ParsedRetrievalEvent): void {
    const item = brought(event);
    if ('query' in event) this.#vectors.check(event.query);
    if (!item) return;
    this.#vectors.check(item);
    const bytes = itemBytes(item, Math.max(this.#vectors.size, item.embedding?.vector.length ?? 0));
    if (bytes <= this.#budgetBytes) return;
    throw new TendrilError('INVALID_DATA', { reason: `an item of ${bytes} bytes is larger than the store` });
  }

  #take(event: ParsedRetrievalEvent): boolean {
    switch (event.kind) {
      case 'added':
        this.#addItem(event.item, event);
        return true;
      case 'removed':
        return this.#book.retire(event.itemId, event.eventId);
      case 'up':
      case 'down':
        return this.#addFeedback(event, event.itemId, null);
      case 'corrected': {
        const item = brought(event);
        if (item) this.#addItem(item, event);
        return this.#addFeedback(event, event.rejectedId, item?.id ?? (event.accepted as { itemId: string }).itemId);
      }
    }
  }

  #addItem({ embedding, ...item }: ParsedItem, { eventId, atMs, source }: ParsedRetrievalEvent): void {
    this.#book.retire(item.id, eventId);
    const vector = this.#vectors.hold({ text: item.text, embedding });
    const provenance = { sequence: this.#sequence++, eventId, atMs, source, supersededBy: null };
    this.#book.admitItem({ ...item, ...provenance, vector, bytes: itemBytes(item, this.#vectors.sizeOf(vector)) });
  }

  #addFeedback(event: FeedbackEvent, itemId: string | null, acceptedId: string | null): boolean {
    const about = acceptedId ?? itemId;
    if (about === null || !this.#book.current.has(about)) return false;
    const { kind, query, eventId, atMs, source } = event;
    const vector = this.#vectors.hold(query);
    this.#supersede(event, vector);
    const queryText = query.text ?? null;
    const bytes = feedbackBytes({ queryText }, this.#vectors.sizeOf(vector));
    const provenance = { sequence: this.#sequence++, eventId, atMs, source, supersededBy: null };
    this.#book.admitFeedback({ ...provenance, kind, itemId, acceptedId, queryText, vector, bytes });
    return true;
  }

  /** A correction takes the place of earlier ones of the same question; refusing a corrected answer takes its correction back. */
  #supersede(event: FeedbackEvent, vector: ItemEntry['vector']): void {
    if (event.kind === 'up' || !vector || !this.#vectors.isOwn(vector)) return;
    const query = this.#vectors.values(vector);
    for (const earlier of this.#book.feedback.values()) {
      if (earlier.kind !== 'corrected' || earlier.supersededBy !== null) continue;
      if (event.kind === 'down' && event.itemId !== earlier.acceptedId) continue;
      const close = this.#vectors.similarity(query, earlier.vector);
      if (close !== null && close >= this.#rule.identical) this.#book.supersede(earlier, event.eventId);
    }
  }

  /**
   * Entries whose vector is still to be made, oldest first: of another space, or not embedded yet. They are kept and not found until the page gives
   * {@link embed} the vectors of their texts.
   */
  unembedded(limit = Infinity): { sequence: number; text: string }[] {
    const entries = [...this.#book.current.values(), ...this.#book.feedback.values()];
    return entries
      .flatMap((entry) => {
        const text = 'queryText' in entry ? entry.queryText : entry.text;
        return text != null && !this.#vectors.isOwn(entry.vector) ? [{ sequence: entry.sequence, text }] : [];
      })
      .sort((a, b) => a.sequence - b.sequence)
      .slice(0, limit);
  }

  /**
   * Gives an entry its vector in the store's space; false where the entry is gone.
   * @throws INVALID_DATA when the vector does not fit the space
   */
  embed(sequence: number, vector: readonly number[]): boolean {
    const entry = this.#book.feedback.get(sequence) ?? this.#book.items.get(sequence);
    if (!entry || ('id' in entry && entry.supersededBy !== null)) return false;
    this.#book.setVector(entry, this.#vectors.hold({ embedding: { spaceId: this.#vectors.spaceId, vector } }));
    this.#book.makeRoom(this.#sequence);
    return true;
  }

  state(): PartState {
    return retrievalState(this.#book, this.#vectors, this.#sequence);
  }

  /**
   * Continues where `state` was taken. Texts whose vectors are of another space are embedded anew where this store embeds texts, and wait in
   * {@link unembedded} where it does not.
   * @throws CHECKPOINT_CORRUPT
   */
  restore(state: PartState): void {
    const parsed = parseRetrievalState(state);
    const vectors = restoredVectors(parsed, this.#vectors);
    for (const { vector } of [...this.#book.items.values(), ...this.#book.feedback.values()]) {
      this.#vectors.release(vector);
    }
    this.#book = new EntryBook(this.#vectors, this.#budgetBytes);
    const { items, feedback } = parsed;
    items.forEach((record, index) => {
      const vector = vectors[index] ?? null;
      this.#book.admitItem({ ...record, vector, bytes: itemBytes(record, this.#vectors.sizeOf(vector)) });
    });
    feedback.forEach((record, index) => {
      const vector = vectors[items.length + index] ?? null;
      this.#book.admitFeedback({ ...record, vector, bytes: feedbackBytes(record, this.#vectors.sizeOf(vector)) });
    });
    this.#sequence = parsed.sequence;
    this.#book.makeRoom(this.#sequence);
  }
}

function brought(event: ParsedRetrievalEvent): ParsedItem | null {
  if (event.kind === 'added') return event.item;
  return event.kind === 'corrected' && 'item' in event.accepted ? event.accepted.item : null;
}

function hit(item: ItemEntry, similarity: number, correctedBy: string | null, { byItem }: Shifts): RetrievalHit {
  const { id, answer, features, eventId, atMs, source } = item;
  const shift = byItem.get(id);
  return {
    ...{ id, answer, features, similarity, correctedBy },
    score: similarity + (shift?.value ?? 0),
    feedback: shift?.eventIds ?? [],
    provenance: { eventId, atMs, source },
  };
}
