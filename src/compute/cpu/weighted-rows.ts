import type { Matrix } from './matrix.ts';

/** Rows that one pass over the sums takes in: more numbers than that do not stay in registers. */
const width = 8;

/** Weights, none of them 0, the rows of a matrix that they belong to, and the sums of these in double precision. Kept between uses. */
export class WeightedRows {
  #count = 0;
  #weights = new Float64Array(width);
  /** Where each row starts in the matrix's vector. */
  #starts = new Int32Array(width);
  #sums = new Float64Array(width);

  get bytes(): number {
    return this.#weights.byteLength + this.#starts.byteLength + this.#sums.byteLength;
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
    this.#fillUp(count);
  }

  /** Takes the sums that are positive, and those that are no numbers, which are those of the layer below, as the weights of the rows of `matrix` in the same places. */
  gatherRectified({ start, rows, columns }: Matrix): void {
    this.#makeRoom(rows);
    const weights = this.#weights;
    const starts = this.#starts;
    const sums = this.#sums;
    let count = 0;
    for (let i = 0, row = start; i < rows; i++, row += columns) {
      const value = sums[i]!;
      // Written so that NaN stays: a diverged network must show it.
      if (value <= 0) continue;
      weights[count] = value;
      starts[count++] = row;
    }
    this.#fillUp(count);
  }

  /** What fills the last pass up weighs nothing, and is a row that counts already. */
  #fillUp(taken: number): void {
    let count = taken;
    for (; count % width !== 0; count++) {
      this.#weights[count] = 0;
      this.#starts[count] = this.#starts[0]!;
    }
    this.#count = count;
  }

  /** Begins the sums with the `columns` numbers from `start` on. */
  begin(values: Float32Array, start: number, columns: number): void {
    if (columns > this.#sums.length) this.#sums = new Float64Array(columns);
    const sums = this.#sums;
    for (let k = 0; k < columns; k++) sums[k] = values[start + k]!;
  }

  /** Adds the weighted rows of `matrix` to the sums. */
  add({ values: b, columns }: Matrix): void {
    const w = this.#weights;
    const rows = this.#starts;
    const sums = this.#sums;
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
        sums[k]! +=
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

  /** Overwrites the `columns` numbers from `start` on with the sums, in single precision. */
  end(values: Float32Array, start: number, columns: number): void {
    const sums = this.#sums;
    for (let k = 0; k < columns; k++) values[start + k] = sums[k]!;
  }

  #makeRoom(length: number): void {
    if (length <= this.#weights.length) return;
    const room = Math.ceil(length / width) * width;
    this.#weights = new Float64Array(room);
    this.#starts = new Int32Array(room);
  }
}
