import type { Matrix } from './cpu-matrix.ts';

/** Rows that one pass over a sum takes in: more numbers than that do not stay in registers. */
const width = 8;

/** Weights, none of them 0, and the rows of a matrix that they belong to. Kept between uses. */
export class WeightedRows {
  #count = 0;
  #weights = new Float64Array(width);
  /** Where each row starts in the matrix's vector. */
  #starts = new Int32Array(width);

  get bytes(): number {
    return this.#weights.byteLength + this.#starts.byteLength;
  }

  /**
   * Takes every `stride`-th of the `length` numbers from `start` on that is not 0 as the weight of the row of `matrix` in the same place.
   * @param first place of the first number
   */
  gather(values: Float32Array, start: number, stride: number, first: number, length: number, matrix: Matrix): void {
    this.#makeRoom(length);
    const weights = this.#weights;
    const starts = this.#starts;
    let count = 0;
    let row = matrix.start + first * matrix.columns;
    for (let i = first, at = start + first * stride; i < length; i++, at += stride, row += matrix.columns) {
      const value = values[at]!;
      if (value === 0) continue;
      weights[count] = value;
      starts[count++] = row;
    }
    this.#count = count;
    // What fills the last pass up weighs nothing, and is a row that counts already.
    for (; count % width !== 0; count++) {
      weights[count] = 0;
      starts[count] = starts[0]!;
    }
  }

  /** Adds the weighted rows of `matrix` to the vector that starts at `start` in `sums`. */
  addTo(sums: Float32Array, start: number, { values: b, columns }: Matrix): void {
    const w = this.#weights;
    const rows = this.#starts;
    for (let i = 0; i < this.#count; i += width) {
      const x0 = w[i]!;
      const r0 = rows[i]!;
      const x1 = w[i + 1]!;
      const r1 = rows[i + 1]!;
      const x2 = w[i + 2]!;
      const r2 = rows[i + 2]!;
      const x3 = w[i + 3]!;
      const r3 = rows[i + 3]!;
      const x4 = w[i + 4]!;
      const r4 = rows[i + 4]!;
      const x5 = w[i + 5]!;
      const r5 = rows[i + 5]!;
      const x6 = w[i + 6]!;
      const r6 = rows[i + 6]!;
      const x7 = w[i + 7]!;
      const r7 = rows[i + 7]!;
      for (let k = 0; k < columns; k++) {
        sums[start + k]! +=
          x0 * b[r0 + k]! +
          x1 * b[r1 + k]! +
          x2 * b[r2 + k]! +
          x3 * b[r3 + k]! +
          x4 * b[r4 + k]! +
          x5 * b[r5 + k]! +
          x6 * b[r6 + k]! +
          x7 * b[r7 + k]!;
      }
    }
  }

  #makeRoom(length: number): void {
    if (length <= this.#weights.length) return;
    const room = Math.ceil(length / width) * width;
    this.#weights = new Float64Array(room);
    this.#starts = new Int32Array(room);
  }
}
