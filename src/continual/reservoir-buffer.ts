import type { Rng } from '../core/rng.ts';

/** State of a {@link ReservoirBuffer} without its entries: what they are is found again by their keys. */
export interface ReservoirState {
  readonly keys: readonly number[];
  readonly seen: number;
}

/**
 * A uniform sample of everything seen, of bounded size (Vitter 1985, algorithm R; `ReservoirSamplingBuffer` in Avalanche).
 * Entries are held by a numeric key, here the log position.
 */
export class ReservoirBuffer<T> {
  readonly capacity: number;
  readonly #entries: { key: number; value: T }[] = [];
  #seen = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Draws from `rng` once when the buffer is full, never before. */
  update(key: number, value: T, rng: Rng): void {
    this.#seen++;
    if (this.#entries.length < this.capacity) {
      this.#entries.push({ key, value });
      return;
    }
    const place = rng.nextInt(this.#seen);
    if (place < this.capacity) this.#entries[place] = { key, value };
  }

  /** `count` entries, drawn uniformly with replacement; none from an empty buffer. */
  sample(count: number, rng: Rng): T[] {
    const size = this.#entries.length;
    if (size === 0) return [];
    return Array.from({ length: count }, () => this.#entries[rng.nextInt(size)]?.value as T);
  }

  state(): ReservoirState {
    return { keys: this.#entries.map((entry) => entry.key), seen: this.#seen };
  }

  /** Entries whose key `find` no longer knows are left out. */
  restore(state: ReservoirState, find: (key: number) => T | undefined): void {
    const found = state.keys.flatMap((key) => {
      const value = find(key);
      return value === undefined ? [] : [{ key, value }];
    });
    this.#entries.splice(0, Infinity, ...found);
    this.#seen = state.seen;
  }
}
