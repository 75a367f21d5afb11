import type { CandidateIndex } from '../../compute/candidate-index/candidate-index.ts';
import { ScoreError } from '../../compute/candidate-index/score-error.ts';
import type { ItemVectors } from '../../memory/retrieval/nearest-items.ts';
import { SlotPairs } from './slot-pairs.ts';

/** Numbers that the index takes in at once: a few milliseconds between two that let others in. */
const NUMBERS_AT_ONCE = 2 ** 16;
/** And slots. */
export const MOST_AT_ONCE = 512;

export interface FollowedItemsParts {
  /** Empty, of inner products. */
  readonly index: CandidateIndex;
  readonly items: ItemVectors;
  readonly yieldToEvents: () => Promise<void>;
  /** The index holds all items as they are now. */
  readonly onCaughtUp: () => void;
  readonly onFailed: (caught: unknown) => void;
}

/** The vectors of a store's items, copied into an index in small steps in the background: what changes waits, and is taken in some at a time. */
export class FollowedItems {
  readonly #parts: FollowedItemsParts;
  readonly #pairs = new SlotPairs();
  /** Slots of the store whose vectors the index lacks, or has others for. */
  readonly #waiting: Set<number>;
  /** Those of them that are on their way. */
  #onTheWay: readonly number[] = [];
  #isFollowing = false;
  #isStopped = false;
  /** Of what the index holds. */
  readonly error: ScoreError;

  constructor(parts: FollowedItemsParts) {
    this.#parts = parts;
    this.error = new ScoreError(parts.index.features, parts.index.storage);
    this.#waiting = new Set(parts.items.slots());
    void this.#follow();
  }

  get bytes(): number {
    return this.#pairs.bytes;
  }

  /** Slots of the store that a search of the index, made now, does not see as they are. */
  get lacking(): number[] {
    return [...this.#waiting, ...this.#onTheWay];
  }

  lacks(slot: number): boolean {
    return this.#waiting.has(slot) || this.#onTheWay.includes(slot);
  }

  /** @returns slots of the store, as far as they are known */
  slotsOf(indexSlots: Int32Array): number[] {
    return this.#pairs.itemSlots(indexSlots);
  }

  changed(slot: number): void {
    if (this.#isStopped) return;
    this.#waiting.add(slot);
    void this.#follow();
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting.clear();
  }

  async #follow(): Promise<void> {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    try {
      do {
        // What changes together is taken in together.
        await this.#parts.yieldToEvents();
        if (!this.#isStopped) await this.#takeIn();
      } while (this.#waiting.size > 0);
      if (!this.#isStopped) this.#parts.onCaughtUp();
    } catch (caught) {
      this.#parts.onFailed(caught);
    } finally {
      this.#isFollowing = false;
    }
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
    this.error.take(rows);
    return rows;
  }
}

function atOnce(size: number): number {
  return Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(NUMBERS_AT_ONCE / size)));
}

function firstOf(slots: Iterable<number>, count: number): number[] {
  const first: number[] = [];
  for (const slot of slots) {
    if (first.length === count) break;
    first.push(slot);
  }
  return first;
}
