import type { PartState } from '../../core/part-state.ts';
import type { Pooled, Segment } from './change-evidence.ts';
import { ExponentialHistogram } from './exponential-histogram.ts';

/** Of a size: the places where a change may have happened are this fine, relative to how long ago it was. */
const MAX_BUCKETS = 5;

/** The newest values, at most about `most` of them, summed up in buckets. */
export class ErrorWindow {
  readonly #most: number;
  readonly #buckets = new ExponentialHistogram(MAX_BUCKETS);

  constructor(most: number) {
    this.#most = most;
  }

  add(value: number): void {
    this.#buckets.add(value);
    this.keepNewest(this.#most);
  }

  /** Drops buckets, the oldest first, until at most so many values are left. */
  keepNewest(values: number): void {
    let size = 0;
    this.#buckets.forEachNewestFirst((bucket) => (size += bucket.size));
    while (size > values) size -= this.#buckets.dropOldest()?.size ?? size;
  }

  pooled(): Pooled {
    let [size, total, raw] = [0, 0, 0];
    this.#buckets.forEachNewestFirst((bucket) => {
      size += bucket.size;
      total += bucket.total;
      raw += bucket.squares + bucket.total ** 2 / bucket.size;
    });
    return { size, total, squares: size === 0 ? 0 : Math.max(0, raw - total ** 2 / size) };
  }

  /** Calls `visit` for each place between two buckets. @param places how many places between two values it stands for */
  forEachSplit(all: Segment, visit: (older: Segment, newer: Segment, places: number) => void): void {
    let [size, total] = [0, 0];
    this.#buckets.forEachNewestFirst((bucket) => {
      size += bucket.size;
      total += bucket.total;
      if (size === all.size) return;
      // Sums of fractions may differ in the last bit, and a mean has to stay within [0, 1].
      const rest = Math.min(all.size - size, Math.max(0, all.total - total));
      visit({ size: all.size - size, total: rest }, { size, total: Math.min(size, total) }, bucket.size);
    });
  }

  clear(): void {
    this.#buckets.clear();
  }

  state(): PartState {
    return this.#buckets.state();
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    this.#buckets.restore(state);
  }
}
