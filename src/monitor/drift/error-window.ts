import type { PartState } from '../../core/part-state.ts';
import type { Pooled } from './change-evidence.ts';
import { UNIT_RANGE } from './drift-detector.ts';
import { ExponentialHistogram } from './exponential-histogram.ts';

/** Of a size: the places where a change may have happened are this fine, relative to how long ago it was. */
const MAX_BUCKETS = 5;

/** The newest values, at most about `most` of them, summed up in buckets. */
export class ErrorWindow {
  readonly #most: number;
  #size = 0;
  readonly #buckets = new ExponentialHistogram(MAX_BUCKETS);

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  add(value: number): void {
    this.#buckets.add(value);
    this.#size++;
    this.keepNewest(this.#most);
  }

  /** Drops buckets, the oldest first, until at most so many values are left. */
  keepNewest(values: number): void {
    while (this.#size > values) this.#size -= this.#buckets.dropOldest()?.size ?? this.#size;
  }

  pooled(): Pooled {
    let [total, raw] = [0, 0];
    this.#buckets.forEachNewestFirst((bucket) => {
      total += bucket.total;
      raw += bucket.squares + bucket.total ** 2 / bucket.size;
    });
    return { size: this.#size, total, squares: this.#size === 0 ? 0 : Math.max(0, raw - total ** 2 / this.#size) };
  }

  /**
   * Calls `visit` for each place between two buckets, the newest first, with how many values are newer and their sum.
   * @param places how many places between two values it stands for
   */
  forEachSplit(visit: (size: number, total: number, places: number) => void): void {
    let [size, total] = [0, 0];
    this.#buckets.forEachNewestFirst((bucket) => {
      size += bucket.size;
      total += bucket.total;
      if (size < this.#size) visit(size, total, bucket.size);
    });
  }

  clear(): void {
    this.#buckets.clear();
    this.#size = 0;
  }

  state(): PartState {
    return this.#buckets.state();
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    this.#buckets.restore(state, UNIT_RANGE);
    this.#size = 0;
    this.#buckets.forEachNewestFirst((bucket) => (this.#size += bucket.size));
  }
}
