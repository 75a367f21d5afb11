/**
 * Writes start + rows · vector into `out`. Four rows at once, because each addition waits for the one before it; every sum is made in the order of the
 * vector, so that the bits are those of a plain loop.
 * @param rows [start.length, vector.length] @param out [start.length or more]
 */
export function addProduct(rows: Float32Array, vector: Float64Array, start: Float32Array, out: Float64Array): void {
  const size = vector.length;
  const count = start.length;
  let row = 0;
  for (; row + 3 < count; row += 4) {
    let a = start[row]!;
    let b = start[row + 1]!;
    let c = start[row + 2]!;
    let d = start[row + 3]!;
    for (let j = 0, at = row * size; j < size; j++, at++) {
      const value = vector[j]!;
      a += rows[at]! * value;
      b += rows[at + size]! * value;
      c += rows[at + 2 * size]! * value;
      d += rows[at + 3 * size]! * value;
    }
    out[row] = a;
    out[row + 1] = b;
    out[row + 2] = c;
    out[row + 3] = d;
  }
  for (; row < count; row++) {
    let sum = start[row]!;
    for (let j = 0; j < size; j++) sum += rows[row * size + j]! * vector[j]!;
    out[row] = sum;
  }
}
