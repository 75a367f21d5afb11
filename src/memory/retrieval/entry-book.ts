import { DocumentFrequencies } from './document-frequencies.ts';
import type { EntryVectors } from './entry-vectors.ts';
import { firstToGo } from './eviction.ts';
import { feedbackBytes, itemBytes, type FeedbackEntry, type HeldVector, type ItemEntry } from './retrieval-entry.ts';

type Entry = ItemEntry | FeedbackEntry;

/** The entries of a store, those that count and those that are history, within a number of bytes. */
export class EntryBook {
  readonly frequencies = new DocumentFrequencies();
  readonly #vectors: EntryVectors;
  readonly #budgetBytes: number;
  readonly #onItemVector: (slot: number) => void;
  readonly #items = new Map<number, ItemEntry>();
  readonly #feedback = new Map<number, FeedbackEntry>();
  readonly #current = new Map<string, ItemEntry>();
  /** Item entries by the slot of their vector. */
  readonly #owners: (ItemEntry | undefined)[] = [];
  /** How many entries came from an event or were superseded by it. */
  readonly #events = new Map<string, number>();
  #bytes = 0;

  /** @param onItemVector called with each slot that an item's vector comes to, or leaves */
  constructor(vectors: EntryVectors, budgetBytes: number, onItemVector: (slot: number) => void) {
    this.#vectors = vectors;
    this.#budgetBytes = budgetBytes;
    this.#onItemVector = onItemVector;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Items that count, by id. */
  get current(): ReadonlyMap<string, ItemEntry> {
    return this.#current;
  }

  /** Every item entry by its sequence, oldest first. */
  get items(): ReadonlyMap<number, ItemEntry> {
    return this.#items;
  }

  /** Every feedback entry by its sequence, oldest first. */
  get feedback(): ReadonlyMap<number, FeedbackEntry> {
    return this.#feedback;
  }

  /** The item whose vector lies in `slot`. */
  owner(slot: number): ItemEntry | undefined {
    return this.#owners[slot];
  }

  /** Every slot that an item's vector lies in. */
  *ownedSlots(): Iterable<number> {
    for (const { vector } of this.#current.values()) if (vector && 'slot' in vector) yield vector.slot;
  }

  /** Whether an entry remembers this event. */
  knows(eventId: string): boolean {
    return this.#events.has(eventId);
  }

  admitItem(entry: ItemEntry): void {
    this.#items.set(entry.sequence, entry);
    this.#admit(entry);
    if (entry.supersededBy !== null) return;
    this.#current.set(entry.id, entry);
    this.#own(entry);
    if (entry.text !== undefined) this.frequencies.add(entry.text);
  }

  admitFeedback(entry: FeedbackEntry): void {
    this.#feedback.set(entry.sequence, entry);
    this.#admit(entry);
  }

  #admit({ bytes, eventId, supersededBy }: Entry): void {
    this.#bytes += bytes;
    this.#refer(eventId, 1);
    if (supersededBy !== null) this.#refer(supersededBy, 1);
  }

  /** The item's entry stays as history, without its vector. False where there is none. */
  retire(itemId: string, eventId: string): boolean {
    const entry = this.#current.get(itemId);
    if (!entry) return false;
    this.supersede(entry, eventId);
    this.#withdraw(entry);
    this.setVector(entry, null);
    return true;
  }

  supersede(entry: Entry, eventId: string): void {
    entry.supersededBy = eventId;
    this.#refer(eventId, 1);
  }

  setVector(entry: Entry, vector: HeldVector): void {
    this.#bytes -= entry.bytes;
    this.#release(entry.vector);
    entry.vector = vector;
    if ('id' in entry) this.#own(entry);
    const size = this.#vectors.sizeOf(vector);
    entry.bytes = 'queryText' in entry ? feedbackBytes(entry, size) : itemBytes(entry, size);
    this.#bytes += entry.bytes;
  }

  /**
   * Lets entries go until the rest fits.
   * @param before only entries with a lower sequence
   * @returns the events whose entries went, in that order
   */
  makeRoom(before: number): string[] {
    const evicted: string[] = [];
    while (this.#bytes > this.#budgetBytes) {
      const entry = firstToGo(this.#items.values(), this.#feedback.values(), before);
      if (!entry) break;
      this.#drop(entry);
      evicted.push(entry.eventId);
    }
    return evicted;
  }

  #drop(entry: Entry): void {
    if ('id' in entry && entry.supersededBy === null) this.#withdraw(entry);
    this.#release(entry.vector);
    this.#items.delete(entry.sequence);
    this.#feedback.delete(entry.sequence);
    this.#bytes -= entry.bytes;
    this.#refer(entry.eventId, -1);
    if (entry.supersededBy !== null) this.#refer(entry.supersededBy, -1);
  }

  /** Lets go of every vector: nothing else may be asked of the book then. */
  releaseAll(): void {
    for (const { vector } of [...this.#items.values(), ...this.#feedback.values()]) this.#release(vector);
  }

  #withdraw(entry: ItemEntry): void {
    this.#current.delete(entry.id);
    if (entry.text !== undefined) this.frequencies.remove(entry.text);
  }

  #own(entry: ItemEntry): void {
    const { vector } = entry;
    if (vector && 'slot' in vector) this.#setOwner(vector.slot, entry);
  }

  #release(vector: HeldVector): void {
    if (vector && 'slot' in vector && this.#owners[vector.slot]) this.#setOwner(vector.slot, undefined);
    this.#vectors.release(vector);
  }

  #setOwner(slot: number, owner: ItemEntry | undefined): void {
    this.#owners[slot] = owner;
    this.#onItemVector(slot);
  }

  #refer(eventId: string, by: 1 | -1): void {
    const references = (this.#events.get(eventId) ?? 0) + by;
    if (references > 0) this.#events.set(eventId, references);
    else this.#events.delete(eventId);
  }
}
