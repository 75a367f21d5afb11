import { murmur3 } from '../../core/hashing.ts';
import type { Row, RowShape } from '../row.ts';

const DENSE_LIMIT = 64;
const HASH_LIMIT = 32;

/**
 * A row in a bounded number of places, for models whose cost grows with the square of it: [dense, hashed]. A part that is wider than its limit
 * (64 and 32 places) is folded with random signs (Weinberger et al. 2009, arXiv 0902.2206).
 */
export class CompactInput {
  readonly size: number;
  /** Places that hold more than the indicators of what is missing, as far as the shape tells. */
  readonly valuePlaces: readonly number[];
  readonly #denseSlots: number;
  readonly #hashSlots: number;
  readonly #signs: Int8Array;

  constructor({ rawSize, denseSize, hashSize }: RowShape) {
    this.#denseSlots = Math.min(denseSize, DENSE_LIMIT);
    this.#hashSlots = Math.min(hashSize, HASH_LIMIT);
    this.size = this.#denseSlots + this.#hashSlots;
    const paired = denseSize === 2 * rawSize;
    const places = Array.from({ length: this.size }, (_, place) => place);
    this.valuePlaces = places.filter((place) => !paired || place >= this.#denseSlots || place % 2 === 0);
    this.#signs = new Int8Array(denseSize + hashSize).fill(1);
    if (denseSize > DENSE_LIMIT) drawSigns(this.#signs.subarray(0, denseSize), 'dense');
    if (hashSize > HASH_LIMIT) drawSigns(this.#signs.subarray(denseSize), 'hash');
  }

  /** Writes the row into `out[offset … offset + size)`. */
  write(row: Row, out: Float32Array | Float64Array, offset = 0): void {
    out.fill(0, offset, offset + this.size);
    const { dense, indices, values } = row;
    const signs = this.#signs;
    for (let i = 0; i < dense.length; i++) out[offset + (i % this.#denseSlots)]! += signs[i]! * dense[i]!;
    const start = offset + this.#denseSlots;
    for (let k = 0; k < indices.length; k++) {
      const index = indices[k]!;
      out[start + (index % this.#hashSlots)]! += signs[dense.length + index]! * values[k]!;
    }
  }
}

function drawSigns(signs: Int8Array, part: string): void {
  for (let i = 0; i < signs.length; i++) signs[i] = murmur3(`${part}${i}`) & 1 ? 1 : -1;
}
