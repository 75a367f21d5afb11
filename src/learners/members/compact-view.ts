import type { PartState } from '../../core/part-state.ts';
import { Rng } from '../../core/rng.ts';
import type { Row, RowShape } from '../row.ts';
import { readNumber } from '../../core/read-state.ts';

/** Embeddings up to this long are read as they are, longer ones through so many random sums. */
const MOST_EMBEDDED = 40;
const TERMS = 24;
/** Places for what is hashed. */
const TOKEN_SLOTS = 24;

/**
 * A row in few numbers of about unit size, for models whose cost grows with them (trees, neighbours, kernels): each number standardised, missing as 0;
 * the embedding scaled to a mean square of 1, and beyond 40 values by a sparse random projection (Li, Hastie and Church 2006, doi
 * 10.1145/1150402.1150436); categories as one number each, in an order that the hash gives; words and other sets as signed sums in 24 slots.
 */
export class CompactView {
  readonly size: number;
  readonly #numbers: number;
  readonly #embedded: number;
  readonly #projected: number;
  /** [projected, TERMS] places of the embedding's values in the dense part, and their signs. */
  readonly #places: Int32Array;
  readonly #signs: Float64Array;
  readonly #slots: number;
  /** Mean square of the embeddings, and of how many. */
  #square = 0;
  #count = 0;

  constructor({ rawSize, denseSize, hashSize }: RowShape, seed: number) {
    const rng = Rng.fromSeed(seed);
    this.#numbers = denseSize - rawSize;
    this.#embedded = rawSize - this.#numbers;
    this.#projected = this.#embedded > MOST_EMBEDDED ? MOST_EMBEDDED : 0;
    const start = 2 * this.#numbers;
    this.#places = Int32Array.from({ length: this.#projected * TERMS }, () => start + rng.nextInt(this.#embedded));
    this.#signs = Float64Array.from(this.#places, () => (rng.nextFloat() < 0.5 ? -1 : 1));
    this.#slots = hashSize > 0 ? TOKEN_SLOTS : 0;
    this.size = this.#numbers + Math.min(this.#embedded, MOST_EMBEDDED) + this.#slots;
  }

  /** @param out [size] */
  write({ dense, indices, values }: Row, out: Float32Array): void {
    for (let i = 0; i < this.#numbers; i++) out[i] = dense[2 * i]!;
    this.#writeEmbedding(dense, out);
    if (this.#slots > 0) this.#writeTokens(indices, values, out.subarray(this.size - this.#slots));
  }

  #writeEmbedding(dense: Float32Array, out: Float32Array): void {
    const scale = this.#square > 0 ? 1 / Math.sqrt(this.#square) : 1;
    const start = 2 * this.#numbers;
    if (this.#projected > 0) this.#project(dense, scale, out);
    else for (let i = 0; i < this.#embedded; i++) out[this.#numbers + i] = dense[start + i]! * scale;
  }

  /** Two sums at once, because each addition waits for the one before it; there is an even number of them. */
  #project(dense: Float32Array, scale: number, out: Float32Array): void {
    const [places, signs, first] = [this.#places, this.#signs, this.#numbers];
    for (let i = 0; i < this.#projected; i += 2) {
      let a = 0;
      let b = 0;
      for (let j = i * TERMS, end = j + TERMS; j < end; j++) {
        a += dense[places[j]!]! * signs[j]!;
        b += dense[places[j + TERMS]!]! * signs[j + TERMS]!;
      }
      out[first + i] = (a * scale) / Math.sqrt(TERMS);
      out[first + i + 1] = (b * scale) / Math.sqrt(TERMS);
    }
  }

  /** A category is the one token of its feature, with a value of ±1, so its position says which feature it is of. */
  #writeTokens(indices: Int32Array, values: Float32Array, out: Float32Array): void {
    out.fill(0);
    for (let at = 0; at + 1 < indices.length; at += 2) {
      const value = values[at]!;
      if (Math.abs(value) === 1) out[(at / 2) % this.#slots]! += order(indices[at]!, indices[at + 1]!);
      else out[indices[at]! % this.#slots]! += value;
    }
  }

  learnOne({ dense }: Row): void {
    if (this.#embedded === 0) return;
    let square = 0;
    for (let i = 2 * this.#numbers; i < dense.length; i++) square += dense[i]! * dense[i]!;
    this.#count++;
    this.#square += (square / this.#embedded - this.#square) / this.#count;
  }

  state(): PartState {
    return { tensors: {}, values: { square: this.#square, count: this.#count } };
  }

  restore(state: PartState): void {
    const square = readNumber(state, 'square', 0, Number.MAX_VALUE);
    this.#count = readNumber(state, 'count', 0, Number.MAX_SAFE_INTEGER);
    this.#square = square;
  }
}

/** A number in [-1.7, 1.7], of unit variance over tokens. */
function order(first: number, second: number): number {
  const mixed = Math.imul(first * 8192 + second + 1, 0x9e3779b1) >>> 0;
  return (mixed / 2 ** 32 - 0.5) * 2 * Math.sqrt(3);
}
