import type { CandidateHits, CandidateIndex } from '../../compute/candidate-index/candidate-index.ts';
import { ScoreError } from '../../compute/candidate-index/score-error.ts';
import type { Clock } from '../../core/clock.ts';
import type { ItemVectors, NearestItems, NearItems } from '../../memory/retrieval/nearest-items.ts';
import { SlotPairs } from './slot-pairs.ts';

/** Numbers that the index takes in at once: a few milliseconds between two that let others in. */
const NUMBERS_AT_ONCE = 2 ** 16;
/** With more that it lacks, a look at all items is as fast. */
const MOST_LACKING = 512;
/** Fewer are asked for than are there, by more than what is under way can have taken out. */
const KEPT_BACK = 2 * MOST_LACKING;
/** A search that takes longer is left alone: a look at all items must still answer within a page's deadline. */
const LATE_MS = 20;

export interface ItemIndexParts {
  /** Empty, of inner products, and this one's own from now on. */
  readonly index: CandidateIndex;
  readonly items: ItemVectors;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly yieldToEvents: () => Promise<void>;
  readonly delay: (ms: number) => Promise<void>;
  readonly onSearched: (ms: number) => void;
  /** It holds all items now. */
  readonly onFilled: () => void;
  /** It is of no use any more, and has let go of everything. */
  readonly onFailed: (caught: unknown) => void;
}

/**
 * The items of a store in an index on some backend. It follows the store in small steps, in the background; what it does not hold yet it names with every answer,
 * and as long as that is much it does not answer. The store's vectors stay the truth.
 */
export class ItemIndex implements NearestItems {
  readonly #parts: ItemIndexParts;
  readonly #error: ScoreError;
  readonly #pairs = new SlotPairs();
  /** Slots of the store whose vectors the index lacks, or has others for. */
  readonly #waiting: Set<number>;
  /** Those of them that are on their way. */
  #onTheWay: readonly number[] = [];
  #isFollowing = false;
  #isFilled = false;
  /** Searches that nobody waits for any longer. */
  #late = 0;
  #ended = false;

  constructor(parts: ItemIndexParts) {
    const { index, items } = parts;
    this.#parts = parts;
    this.#error = new ScoreError(index.features, index.storage);
    this.#waiting = new Set(items.slots());
    void this.#follow();
  }

  /** Whether it answers. */
  get isFilled(): boolean {
    return this.#isFilled && !this.#ended;
  }

  /** On its device and in this worker's memory, WebAssembly's included. */
  get bytes(): number {
    if (this.#ended) return 0;
    const { deviceBytes, hostBytes } = this.#parts.index.memory();
    return deviceBytes + hostBytes + this.#pairs.bytes;
  }

  changed(slot: number): void {
    if (this.#ended) return;
    this.#waiting.add(slot);
    void this.#follow();
  }

  async nearest(query: Float32Array, count: number): Promise<NearItems | null> {
    const lacking = [...this.#waiting, ...this.#onTheWay];
    const hasRoom = this.#parts.index.count >= count + KEPT_BACK;
    if (!this.isFilled || this.#late > 0 || lacking.length > MOST_LACKING || !hasRoom) return null;
    const hits = await this.#inTime(this.#search(query, count));
    if (!hits) return null;
    return {
      slots: [...lacking, ...this.#pairs.itemSlots(hits.slots)],
      restAtMost: hits.scores[count - 1]! + this.#error.of(query),
    };
  }

  /** @returns null when it fails */
  async #search(query: Float32Array, count: number): Promise<CandidateHits | null> {
    const { index, clock, onSearched } = this.#parts;
    const startMs = clock.monotonicMs();
    try {
      const hits = await index.search(query, count);
      onSearched(clock.monotonicMs() - startMs);
      return hits;
    } catch (caught) {
      this.#fail(caught);
      return null;
    }
  }

  /** As long as one is late no other is begun: a device that hangs costs one answer some time. @returns null when it is late */
  async #inTime<T>(searched: Promise<T>): Promise<T | null> {
    let isOver = false;
    let isLate = false;
    void searched.then(() => {
      isOver = true;
      if (isLate) this.#late--;
    });
    const late = this.#parts.delay(LATE_MS).then(() => {
      if (isOver) return null;
      isLate = true;
      this.#late++;
      return null;
    });
    return Promise.race([searched, late]);
  }

  dispose(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting.clear();
    this.#parts.index.dispose();
  }

  #fail(caught: unknown): void {
    if (this.#ended) return;
    this.dispose();
    this.#parts.onFailed(caught);
  }

  async #follow(): Promise<void> {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    try {
      while (this.#waiting.size > 0) {
        // What changes together is taken in together.
        await this.#parts.yieldToEvents();
        await this.#takeIn();
      }
      this.#filled();
    } catch (caught) {
      this.#fail(caught);
    } finally {
      this.#isFollowing = false;
    }
  }

  #filled(): void {
    if (this.#isFilled || this.#ended) return;
    this.#isFilled = true;
    this.#parts.onFilled();
  }

  /** Some of what waits. The calls are made at once: a search that is made later finds what they did. */
  async #takeIn(): Promise<void> {
    const { index, items } = this.#parts;
    const slots = firstOf(this.#waiting, atOnce(items.size));
    const { gone, known, fresh } = this.#sorted(slots);
    const [others, rows] = [this.#rowsOf(known), this.#rowsOf(fresh)];
    for (const slot of slots) this.#waiting.delete(slot);
    this.#onTheWay = slots;
    const removed = index.remove(this.#pairs.unpair(gone));
    const replaced = index.replace(this.#pairs.indexSlots(known), others);
    const [indexSlots] = await Promise.all([index.add(rows), replaced, removed]);
    this.#pairs.pair(fresh, indexSlots);
    this.#onTheWay = [];
  }

  #sorted(slots: readonly number[]) {
    const { items } = this.#parts;
    const [there, gone] = [slots.filter((slot) => items.at(slot)), slots.filter((slot) => !items.at(slot))];
    return {
      gone: gone.filter((slot) => this.#pairs.has(slot)),
      known: there.filter((slot) => this.#pairs.has(slot)),
      fresh: there.filter((slot) => !this.#pairs.has(slot)),
    };
  }

  #rowsOf(slots: readonly number[]): Float32Array {
    const { size } = this.#parts.items;
    const rows = new Float32Array(slots.length * size);
    slots.forEach((slot, row) => {
      const vector = this.#parts.items.at(slot);
      if (vector) rows.set(vector, row * size);
    });
    this.#error.take(rows);
    return rows;
  }
}

function atOnce(size: number): number {
  return Math.min(MOST_LACKING, Math.max(1, Math.floor(NUMBERS_AT_ONCE / size)));
}

function firstOf(slots: Iterable<number>, count: number): number[] {
  const first: number[] = [];
  for (const slot of slots) {
    if (first.length === count) break;
    first.push(slot);
  }
  return first;
}
