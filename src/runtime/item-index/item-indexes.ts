import type { CandidateIndex } from '../../compute/candidate-index/candidate-index.ts';
import { openCandidateIndex } from '../../compute/candidate-index/open-candidate-index.ts';
import type { BackendName } from '../../compute/compute.ts';
import { LiveLatency } from '../../compute/probe/live-latency.ts';
import { asTendrilError, reasonOf } from '../../errors.ts';
import type { ItemVectors } from '../../memory/retrieval/nearest-items.ts';
import { IndexPlaces, type IndexPlace, type IndexPlacesParts } from './index-places.ts';
import { ItemIndex } from './item-index.ts';

export interface ItemIndexesParts extends IndexPlacesParts {
  /** Whether the device has too much to do for its times to mean anything. */
  readonly isBusy: () => boolean;
  /** A place has failed; another one may do. */
  readonly onError: (caught: unknown) => void;
}

export interface IndexUser {
  readonly items: ItemVectors;
  /** Called as soon as there is an index, still to be filled; it must be told of changes from then on. */
  readonly use: (opened: OpenedIndex) => void;
  readonly onFilled: () => void;
  /** It takes much longer than was measured; may be called more than once. */
  readonly onContradicted: () => void;
  /** It has failed, and ended by that. */
  readonly onEnded: () => void;
}

/** An index of a store's items, and where it is. */
export interface OpenedIndex {
  readonly index: ItemIndex;
  readonly place: IndexPlace;
  readonly dispose: () => void;
}

/** Opens indexes of items, where they are searched the fastest and have not failed yet. Loaded by the first store that is large enough. */
export class ItemIndexes {
  readonly #parts: ItemIndexesParts;
  readonly #places: IndexPlaces;
  readonly #failed = new Set<BackendName>();
  #isHopeless = false;

  constructor(parts: ItemIndexesParts) {
    this.#parts = parts;
    this.#places = new IndexPlaces(parts);
  }

  /** @param again whether to measure anew @returns false where there is no place for one. @throws BACKEND_UNAVAILABLE when nothing can be measured */
  async open(user: IndexUser, again: boolean): Promise<boolean> {
    const { size: features, count } = user.items;
    while (!this.#isHopeless) {
      const place = await this.#places.find({ features, count, again, without: this.#failed });
      if (!place) return false;
      if (await this.#openIn(place, user)) return true;
    }
    return false;
  }

  /** @returns false where that has failed */
  async #openIn(place: IndexPlace, user: IndexUser): Promise<boolean> {
    const { size: features, count } = user.items;
    try {
      const options = { features, storage: place.storage, capacity: count };
      const index = this.#indexOf(await openCandidateIndex(options, place.opened), place, user);
      const dispose = () => {
        index.dispose();
        place.letGo();
      };
      user.use({ index, place, dispose });
      return true;
    } catch (caught) {
      this.#fail(place, caught);
      return false;
    }
  }

  #indexOf(candidates: CandidateIndex, place: IndexPlace, user: IndexUser): ItemIndex {
    const { environment, isBusy } = this.#parts;
    const { items, onFilled } = user;
    const latency = new LiveLatency(place.searchMs);
    return new ItemIndex({
      ...{ index: candidates, items, onFilled, clock: environment.clock },
      delay: (ms) => environment.delay(ms),
      yieldToEvents: () => environment.yieldToEvents(),
      onSearched: (ms) => {
        if (!isBusy() && latency.contradicts(ms)) user.onContradicted();
      },
      onFailed: (caught) => {
        this.#fail(place, caught);
        user.onEnded();
      },
    });
  }

  /** Rows that no index takes make every place as bad. */
  #fail({ backend, opened, letGo }: IndexPlace, caught: unknown): void {
    const { backends, onError } = this.#parts;
    this.#failed.add(backend);
    this.#isHopeless ||= asTendrilError(caught).code === 'INVALID_DATA';
    letGo();
    if (backends.pool.isLost(opened)) backends.failed(opened, reasonOf(caught), false).catch(onError);
    onError(caught);
  }
}
