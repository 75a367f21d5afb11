/**
 * Overwrites `out` [rows, columns] with a·b, row-major, summed in the order of the inner dimension with single precision between the steps.
 * Rows of `a` are read one number at a time and zeros are passed over: inputs of one-hot and image features are mostly zeros.
 * @param a [rows, inner] @param b [inner, columns]
 */
export function multiply(
  a: Float32Array,
  b: Float32Array,
  out: Float32Array,
  rows: number,
  inner: number,
  columns: number,
): void {
  out.fill(0);
  for (let row = 0; row < rows; row++) {
    const target = row * columns;
    for (let k = 0; k < inner; k++) {
      const value = a[row * inner + k]!;
      if (value === 0) continue;
      const source = k * columns;
      for (let column = 0; column < columns; column++) out[target + column]! += value * b[source + column]!;
    }
  }
}

/** Overwrites `out` [rows, columns] with a·bᵀ, in the same way. @param a [rows, inner] @param b [columns, inner] */
export function multiplyTransposed(
  a: Float32Array,
  b: Float32Array,
  out: Float32Array,
  rows: number,
  inner: number,
  columns: number,
): void {
  for (let row = 0; row < rows; row++) {
    const start = row * inner;
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[start + k]! * b[column * inner + k]!;
      out[row * columns + column] = sum;
    }
  }
}
