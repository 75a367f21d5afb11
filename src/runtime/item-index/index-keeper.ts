import type { ItemVectors, NearestItems } from '../../memory/retrieval/nearest-items.ts';
import type { IndexStatus } from '../../protocol/messages.ts';
import type { HeldBeside } from '../held-beside.ts';
import { LoadedOnce } from '../loaded-once.ts';
import type { IndexUser, ItemIndexes, ItemIndexesParts, OpenedIndex } from './item-indexes.ts';

/** Numbers, and items, from which on an index is worth its memory: below, a look at all of them takes a millisecond or two. */
const WORTH = { numbers: 2 ** 20, items: 2048 } as const;
/** From so many times as many items on, or as few, another place may be better. */
const OUTGROWN = 4;

export interface IndexKeeperParts extends ItemIndexesParts {
  /** More is held than was, or less. */
  readonly onChanged: () => void;
  /** What goes wrong is reported. */
  readonly inBackground: (work: Promise<unknown>) => Promise<void>;
}

export interface DisposableNearest extends NearestItems {
  dispose(): void;
}

/** A model whose items are found by an index. */
export interface Searched {
  readonly items: ItemVectors;
  /** null: it looks at all items. */
  useNearest(nearest: DisposableNearest | null): void;
}

/**
 * Sees to it that a retrieval task's model has an index of its items where they are many. What it has to do it does in the background, while the model looks at
 * all items; what fails is done without.
 */
export class IndexKeeper implements HeldBeside {
  readonly #parts: IndexKeeperParts;
  readonly #indexes = new LoadedOnce(() => this.#loadIndexes());
  #model: Searched | null = null;
  #opened: OpenedIndex | null = null;
  #isOpening = false;
  /** For how many items it was found out where an index is best, if anywhere; null while that is open. */
  #settledCount: number | null = null;
  /** Its memory is wanted for something else, for now or for good. */
  #isGivenUp = false;
  #isOver = false;
  #wasContradicted = false;

  constructor(parts: IndexKeeperParts) {
    this.#parts = parts;
  }

  /** To be called before each search of the model, which may be another one than before. */
  tend(model: Searched): void {
    if (model !== this.#model) this.#drop();
    this.#model = model;
    const { size, count } = model.items;
    const isWorth = count >= WORTH.items && count * size >= WORTH.numbers;
    if (isWorth && !this.#isSettled(count)) this.#openSoon(model, false);
    if (this.#opened && !isWorth && !this.#isSettled(count)) this.#drop();
  }

  #isSettled(count: number): boolean {
    if (this.#settledCount === null) return false;
    return count < this.#settledCount * OUTGROWN && count > this.#settledCount / OUTGROWN;
  }

  #openSoon(model: Searched, again: boolean): void {
    if (this.#isOpening || this.#isGivenUp || this.#isOver) return;
    this.#isOpening = true;
    const opening = this.#open(model, again).finally(() => {
      this.#isOpening = false;
    });
    void this.#parts.inBackground(opening);
  }

  async #loadIndexes(): Promise<ItemIndexes> {
    const { ItemIndexes } = await import('./item-indexes.ts');
    return new ItemIndexes(this.#parts);
  }

  async #open(model: Searched, again: boolean): Promise<void> {
    const indexes = await this.#indexes.get();
    if (model !== this.#model || this.#isGivenUp) return;
    this.#settledCount = model.items.count;
    try {
      const isThere = await indexes.open(this.#userOf(model), again);
      if (!isThere && model === this.#model) this.#replaceBy(null);
    } finally {
      this.#parts.onChanged();
    }
  }

  #userOf(model: Searched): IndexUser {
    const { onChanged } = this.#parts;
    return {
      items: model.items,
      use: (opened) => {
        this.#use(model, opened);
      },
      onFilled: onChanged,
      onContradicted: () => {
        if (!this.#wasContradicted) this.#openSoon(model, true);
        this.#wasContradicted = true;
      },
      onEnded: () => {
        this.#drop();
        onChanged();
      },
    };
  }

  /** Unless the model has gone, or the memory is wanted for something else, in the meantime. */
  #use(model: Searched, opened: OpenedIndex): void {
    if (model !== this.#model || this.#isGivenUp) {
      opened.dispose();
      return;
    }
    this.#replaceBy(opened);
  }

  #replaceBy(opened: OpenedIndex | null): void {
    this.#opened?.dispose();
    this.#opened = opened;
    this.#model?.useNearest(opened?.index ?? null);
  }

  #drop(): void {
    this.#replaceBy(null);
    this.#settledCount = null;
  }

  get bytes(): number {
    return this.#opened?.index.bytes ?? 0;
  }

  giveUp(forNow: boolean): void {
    this.#isGivenUp = true;
    this.#isOver ||= !forNow;
    this.#drop();
  }

  comeBack(): void {
    this.#isGivenUp = false;
  }

  /** null where there is none. */
  get status(): IndexStatus | null {
    if (!this.#opened) return null;
    const { index, place } = this.#opened;
    const { backend, storage, why } = place;
    return { backend, storage, why, serving: index.isFilled, bytes: index.bytes };
  }
}
