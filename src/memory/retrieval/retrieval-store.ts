import type { PartState } from '../../core/part-state.ts';
import { TendrilError } from '../../errors.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import { EntryBook } from './entry-book.ts';
import { EntryVectors } from './entry-vectors.ts';
import { defaultFeedbackRule, type FeedbackRule } from './feedback-shift.ts';
import { hashedTextSpace } from './hashed-text.ts';
import type { ItemVectors, NearestItems } from './nearest-items.ts';
import { Question } from './question.ts';
import { feedbackBytes, itemBytes, type FeedbackEntry, type ItemEntry } from './retrieval-entry.ts';
import type { FeedbackEvent, ParsedItem, ParsedRetrievalEvent, RetrievalQuery } from './retrieval-event.ts';
import type { RetrievalHit } from './retrieval-hit.ts';
import { parseRetrievalState, restoredVectors, retrievalState } from './retrieval-state.ts';

export interface RetrievalOptions {
  /** Space of the vectors that are compared; left out: Tendril's own, in which texts are embedded here. */
  readonly space?: EmbeddingSpace;
  /** Estimate of the memory that entries may take, history included; 32 MiB by default. */
  readonly budgetBytes?: number;
  readonly feedback?: Partial<FeedbackRule>;
}

/** What taking an event in did: `applied` is false where it was known already, or is about an item that is not there. */
export interface AppliedEvent {
  readonly applied: boolean;
  /** Events whose entries had to go to make room. */
  readonly evicted: readonly string[];
}

const DEFAULT_BUDGET_BYTES = 32 * 1024 * 1024;
/** Slots that are asked for beyond what is wanted, one after the other until it is certain that nothing better is left. */
const MARGINS = [32, 128, 512] as const;
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
  #nearest: NearestItems | null = null;
  /** Whatever changes an answer changes it. */
  #revision = 0;

  constructor({ space, budgetBytes = DEFAULT_BUDGET_BYTES, feedback = {} }: RetrievalOptions = {}) {
    const own = hashedTextSpace(space?.size);
    this.#vectors = new EntryVectors(space ?? own, space === undefined || space.name === own.name);
    this.#rule = { ...defaultFeedbackRule, ...feedback };
    this.#budgetBytes = budgetBytes;
    this.#book = this.#emptyBook();
  }

  #emptyBook(): EntryBook {
    return new EntryBook(this.#vectors, this.#budgetBytes, (slot) => this.#nearest?.changed(slot));
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
    return this.#ask(query, nowMs).answer(k);
  }

  /**
   * What {@link search} gives once it resolves, to the bit, without a look at every item where {@link useNearest} has something that need not have one.
   * @throws INVALID_DATA where the query has no vector in the store's space
   */
  async find(query: RetrievalQuery, k: number, nowMs: number): Promise<RetrievalHit[]> {
    const revision = this.#revision;
    const question = this.#ask(query, nowMs);
    for (const margin of this.#nearest ? MARGINS : []) {
      const near = await this.#nearest?.nearest(question.vector, k + question.moved + margin);
      if (this.#revision !== revision) return this.search(query, k, nowMs);
      if (!near) break;
      const answer = question.answerAmong(near, k);
      if (answer) return answer;
    }
    return question.answer(k);
  }

  #ask(query: RetrievalQuery, nowMs: number): Question {
    return new Question({ book: this.#book, vectors: this.#vectors, rule: this.#rule }, query, nowMs);
  }

  /** Has {@link find} ask this from now on, and tells it what changes; null ends that. It starts from what {@link itemVectors} has. */
  useNearest(nearest: NearestItems | null): void {
    this.#nearest = nearest;
  }

  /** The vectors of the items, for whoever keeps them elsewhere, too. */
  itemVectors(): ItemVectors {
    const book = () => this.#book;
    const vectors = this.#vectors;
    return {
      size: vectors.size,
      get count() {
        return book().current.size;
      },
      slots: () => book().ownedSlots(),
      at: (slot) => (book().owner(slot) ? vectors.at(slot) : null),
    };
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
    this.#revision++;
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
    this.#revision++;
    this.#book.setVector(entry, this.#vectors.hold({ embedding: { spaceId: this.#vectors.spaceId, vector } }));
    this.#book.makeRoom(this.#sequence);
    return true;
  }

  /** Numbers in all vectors that are held. */
  get parameterCount(): number {
    let count = 0;
    for (const { vector } of this.#book.items.values()) count += this.#vectors.sizeOf(vector);
    for (const { vector } of this.#book.feedback.values()) count += this.#vectors.sizeOf(vector);
    return count;
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
    this.#revision++;
    this.#book.releaseAll();
    this.#book = this.#emptyBook();
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
