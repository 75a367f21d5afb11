import type { StoredExperience } from '../memory/records.ts';
import type { Store } from '../memory/store.ts';

/** Experiences read from the log at once. */
const PAGE = 200;

/** A model's experiences in log order, read a page ahead. */
export class LogReader {
  readonly #store: Pick<Store, 'experiencesAfter'>;
  readonly #modelKey: string;
  /** Read, and not learned yet. */
  #ahead: StoredExperience[] = [];

  constructor(store: Pick<Store, 'experiencesAfter'>, modelKey: string) {
    this.#store = store;
    this.#modelKey = modelKey;
  }

  /** @param learnedTo position of the one before; to be kept to until {@link rewind} @returns the next one, if it lies at or before `last` */
  async next(learnedTo: number, last: number): Promise<StoredExperience | undefined> {
    if (this.#ahead.length === 0 && learnedTo < last) {
      this.#ahead = await this.#store.experiencesAfter(this.#modelKey, learnedTo, PAGE);
    }
    return (this.#ahead[0]?.position ?? Infinity) <= last ? this.#ahead.shift() : undefined;
  }

  /** What comes next is another one: the model was loaded anew. */
  rewind(): void {
    this.#ahead = [];
  }
}
