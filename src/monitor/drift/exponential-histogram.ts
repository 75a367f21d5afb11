import type { PartState } from '../../core/part-state.ts';
import { corrupt, readCount, readTensor } from '../../core/read-state.ts';
import type { ValueRange } from './drift-detector.ts';

/** Consecutive values as their number, sum and sum of squared deviations from their mean. */
export interface Bucket {
  readonly size: number;
  readonly total: number;
  readonly squares: number;
}

/** Enough for 2⁴⁷ values. */
const MOST_ROWS = 48;

/**
 * A window of any length in buckets of 1, 2, 4 … values, at most `maxBuckets` of a size, the newest smallest (Datar, Gionis, Indyk and Motwani,
 * SIAM J. Comput. 2002; ADWIN2). Bounded by the logarithm of the length.
 */
export class ExponentialHistogram {
  readonly #maxBuckets: number;
  /** By size; within a row the oldest first. */
  #rows: Bucket[][] = [[]];

  /** @param maxBuckets at least 2 */
  constructor(maxBuckets: number) {
    this.#maxBuckets = maxBuckets;
  }

  add(value: number): void {
    this.#rows[0]!.push({ size: 1, total: value, squares: 0 });
    for (let i = 0; this.#rows[i]!.length > this.#maxBuckets; i++) {
      const [older, newer] = this.#rows[i]!.splice(0, 2) as [Bucket, Bucket];
      if (i + 1 === this.#rows.length) this.#rows.push([]);
      this.#rows[i + 1]!.push(merged(older, newer));
    }
  }

  /** Oldest first. */
  buckets(): Bucket[] {
    return [...this.#rows].reverse().flat();
  }

  /** Calls `visit` for each, the newest first; no list is made, because some detectors look after every value. */
  forEachNewestFirst(visit: (bucket: Bucket) => void): void {
    for (const row of this.#rows) {
      for (let i = row.length - 1; i >= 0; i--) visit(row[i]!);
    }
  }

  /** Undefined where there is none. */
  dropOldest(): Bucket | undefined {
    const row = this.#rows.at(-1) ?? [];
    const oldest = row.shift();
    if (this.#rows.length > 1 && row.length === 0) this.#rows.pop();
    return oldest;
  }

  clear(): void {
    this.#rows = [[]];
  }

  state(): PartState {
    const buckets = this.#rows.flat();
    const totals = Float64Array.from(buckets, ({ total }) => total);
    const squares = Float64Array.from(buckets, ({ squares }) => squares);
    const counts = Int32Array.from(this.#rows, (row) => row.length);
    return { tensors: { counts, totals, squares }, values: { rows: this.#rows.length } };
  }

  /** All or nothing. @param range of the values @throws CHECKPOINT_CORRUPT */
  restore(state: PartState, range: ValueRange): void {
    const counts = readTensor(state, 'counts', 'i32', readCount(state, 'rows', 1, MOST_ROWS));
    if (counts.some((count) => count < 0 || count > this.#maxBuckets))
      throw corrupt('counts has a number out of range');
    const length = counts.reduce((sum, count) => sum + count, 0);
    const [totals, squares] = [readTensor(state, 'totals', 'f64', length), readTensor(state, 'squares', 'f64', length)];
    let next = 0;
    this.#rows = Array.from(counts, (count, row) =>
      Array.from({ length: count }, () => {
        const bucket = { size: 2 ** row, total: totals[next]!, squares: squares[next]! };
        next++;
        return checked(bucket, range);
      }),
    );
  }
}

/** @throws CHECKPOINT_CORRUPT */
function checked(bucket: Bucket, { least, most }: ValueRange): Bucket {
  const { size, total, squares } = bucket;
  if (total >= least * size && total <= most * size && squares >= 0 && squares <= size * (most - least) ** 2)
    return bucket;
  throw corrupt('totals or squares has a number out of range');
}

/** Of one size. Chan, Golub and LeVeque 1983, in the order of River's ADWIN. */
function merged(older: Bucket, newer: Bucket): Bucket {
  const { size } = older;
  const apart = older.total / size - newer.total / size;
  const squares = older.squares + newer.squares + size * 0.5 * apart * apart;
  return { size: 2 * size, total: older.total + newer.total, squares };
}
