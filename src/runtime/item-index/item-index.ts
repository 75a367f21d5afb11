import type { CandidateHits, CandidateIndex } from '../../compute/candidate-index/candidate-index.ts';
import type { Clock } from '../../core/clock.ts';
import { TendrilError } from '../../errors.ts';
import type { NearestItems, NearItems } from '../../memory/retrieval/nearest-items.ts';
import { FollowedItems, MOST_AT_ONCE, type FollowedItemsParts } from './followed-items.ts';

/** With more that it lacks, a look at all items is as fast. */
const MOST_LACKING = MOST_AT_ONCE;
/** Fewer are asked for than are there, by more than what is under way can have taken out. */
const KEPT_BACK = 2 * MOST_AT_ONCE;
/** Asked for beyond what is wanted: the border of what is found is blurred, and with int8 so far that it would be asked for again. */
const BLURRED = { float32: 0, float16: 0, int8: 96 } as const;
/** A search that takes longer is left alone: a look at all items must still answer within a page's deadline. */
const LATE_MS = 20;

export interface ItemIndexParts extends Pick<FollowedItemsParts, 'items' | 'yieldToEvents'> {
  /** Empty, of inner products, and this one's own from now on. */
  readonly index: CandidateIndex;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly delay: (ms: number) => Promise<void>;
  readonly onSearched: (ms: number) => void;
  /** It holds all items now, for the first time. */
  readonly onFilled: () => void;
  /** It is of no use any more, and has let go of everything. */
  readonly onFailed: (caught: unknown) => void;
}

/**
 * The items of a store in an index on some backend, which follows the store. What it does not hold yet it names with every answer, and as long as that is much it
 * does not answer. The store's vectors stay the truth.
 */
export class ItemIndex implements NearestItems {
  readonly #parts: ItemIndexParts;
  readonly #followed: FollowedItems;
  #isFilled = false;
  /** Searches that nobody waits for any longer. */
  #late = 0;
  #ended = false;

  constructor(parts: ItemIndexParts) {
    this.#parts = parts;
    this.#followed = new FollowedItems({
      ...parts,
      onCaughtUp: () => {
        if (!this.#isFilled) this.#filled();
      },
      onFailed: (caught) => {
        this.#fail(caught);
      },
    });
  }

  #filled(): void {
    this.#isFilled = true;
    this.#parts.onFilled();
  }

  /** Whether it answers. */
  get isFilled(): boolean {
    return this.#isFilled && !this.#ended;
  }

  /** On its device and in this worker's memory, WebAssembly's included. */
  get bytes(): number {
    if (this.#ended) return 0;
    const { deviceBytes, hostBytes } = this.#parts.index.memory();
    return deviceBytes + hostBytes + this.#followed.bytes;
  }

  changed(slot: number): void {
    this.#followed.changed(slot);
  }

  async nearest(query: Float32Array, wanted: number): Promise<NearItems | null> {
    const { index } = this.#parts;
    const { lacking } = this.#followed;
    const count = wanted + BLURRED[index.storage];
    const hasRoom = index.count >= count + KEPT_BACK;
    if (!this.isFilled || this.#late > 0 || lacking.length > MOST_LACKING || !hasRoom) return null;
    const hits = await this.#inTime(this.#search(query, count));
    if (!hits) return null;
    const mostOff = this.#followed.error.of(query);
    if (!this.#isTrue(hits, query, mostOff, lacking)) {
      this.#fail(
        new TendrilError('COMPUTE_FAILED', { backend: this.#parts.index.backend, reason: 'its scores are wrong' }),
      );
      return null;
    }
    const slots = [...lacking, ...this.#followed.slotsOf(hits.slots)];
    return { slots, restAtMost: hits.scores[count - 1]! + mostOff };
  }

  /** Drivers compute nonsense without an error, too: of the first hit it is known what its score must be. */
  #isTrue({ slots, scores }: CandidateHits, query: Float32Array, mostOff: number, lacking: readonly number[]): boolean {
    const [slot] = this.#followed.slotsOf(slots.subarray(0, 1));
    if (slot === undefined || lacking.includes(slot) || this.#followed.lacks(slot)) return true;
    const vector = this.#parts.items.at(slot);
    const score = vector?.reduce((sum, value, i) => sum + value * query[i]!, 0) ?? 0;
    return Math.abs(score - scores[0]!) <= mostOff;
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
    this.#followed.stop();
    this.#parts.index.dispose();
  }

  #fail(caught: unknown): void {
    if (this.#ended) return;
    this.dispose();
    this.#parts.onFailed(caught);
  }
}
