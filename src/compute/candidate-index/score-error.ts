import type { CandidateStorage } from './candidate-index.ts';
import { encodeInt8, fromHalf, toHalf } from './encode-rows.ts';

/** Twice what rounding to nearest costs in single precision: a GPU may round either way. */
const unit = 2 ** -23;
/** Roundings of a sum beside one a feature: of an int8 sum to single precision, its scales, the score. */
const fewMore = 8;
/** Below it a GPU may take a half for 0. */
const smallestNormalHalf = 2 ** -14;
/** Above what numbers near nothing, taken for 0, may cost a feature. */
const tiny = 1e-30;

/**
 * How far the scores that an index of inner products gives may be from those of the rows and queries as given. With rows r held as r' and a query q held as q',
 * |q'·r' − q·r| ≤ |q' − q| |r| + |q'| |r' − r| (Cauchy and Schwarz), and what a sum of n products is off by is at most n units of |q'| |r'|, in whatever order
 * they are added (Higham 2002, section 3.1).
 */
export class ScoreError {
  readonly #features: number;
  readonly #storage: CandidateStorage;
  readonly #codes: Int8Array;
  /** The largest |r|, and the largest |r' − r|, of all rows so far: those that are gone count on. */
  #longest = 0;
  #mostRounded = 0;

  constructor(features: number, storage: CandidateStorage) {
    this.#features = features;
    this.#storage = storage;
    this.#codes = new Int8Array(features);
  }

  /** @param rows row-major [n, features], that the index is given */
  take(rows: Float32Array): void {
    for (let start = 0; start < rows.length; start += this.#features) {
      const row = rows.subarray(start, start + this.#features);
      this.#longest = Math.max(this.#longest, lengthOf(row));
      this.#mostRounded = Math.max(this.#mostRounded, this.#rounded(row, this.#storage));
    }
  }

  /** At most how much a score of this query is off, against double precision. @param query [features] */
  of(query: Float32Array): number {
    const length = lengthOf(query);
    // Halves are multiplied with the query in single precision.
    const rounded = this.#storage === 'int8' ? this.#rounded(query, 'int8') : 0;
    const held = length + rounded;
    const sums = (this.#features + fewMore) * unit * held * (this.#longest + this.#mostRounded);
    return (
      rounded * this.#longest +
      held * this.#mostRounded +
      sums +
      tiny * this.#features * (1 + length) * (1 + this.#longest)
    );
  }

  /** |r' − r| */
  #rounded(row: Float32Array, storage: CandidateStorage): number {
    switch (storage) {
      case 'float32':
        return 0;
      case 'float16':
        return lengthOf(row.map(halfError));
      case 'int8': {
        const scale = encodeInt8(row, 0, row.length, this.#codes, 0);
        let squares = 0;
        for (let i = 0; i < row.length; i++) squares += (row[i]! - scale * this.#codes[i]!) ** 2;
        return Math.sqrt(squares);
      }
    }
  }
}

function halfError(value: number): number {
  const half = fromHalf(toHalf(value));
  return Math.abs(half) < smallestNormalHalf ? Math.max(Math.abs(value), Math.abs(half - value)) : half - value;
}

function lengthOf(row: Float32Array): number {
  let squares = 0;
  for (const value of row) squares += value * value;
  return Math.sqrt(squares);
}
