/** Overwrites `sums` [columns] with the sum of the rows of a matrix, added in their order. */
export function sumRows(matrix: usize, sums: usize, rows: i32, columns: i32): void {
  const stride = (<usize>columns) << 2;
  let column: usize = 0;
  for (; column + 16 <= stride; column += 16) {
    let sum = f32x4.splat(0);
    let place = matrix + column;
    for (let row = 0; row < rows; row++) {
      sum = f32x4.add(sum, v128.load(place));
      place += stride;
    }
    v128.store(sums + column, sum);
  }
  for (; column < stride; column += 4) {
    let sum: f32 = 0;
    let place = matrix + column;
    for (let row = 0; row < rows; row++) {
      sum += load<f32>(place);
      place += stride;
    }
    store<f32>(sums + column, sum);
  }
}

/** Squares numbers in place, in whole vectors of four. */
export function square(values: usize, bytes: usize): void {
  for (const end = values + bytes; values < end; values += 16) {
    const value = v128.load(values);
    v128.store(values, f32x4.mul(value, value));
  }
}

/** Zeroes a gradient wherever the rectified activation it flows into was 0; in whole vectors of four. */
export function closeGates(gradient: usize, activation: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const isClosed = f32x4.eq(v128.load(activation + i), zero);
    v128.store(gradient + i, v128.andnot(v128.load(gradient + i), isClosed));
  }
}
