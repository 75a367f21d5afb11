/**
 * Inner products of one query with many rows, four rows at a time: what is loaded of the query serves all four. `width` is the number of 16-byte words of a row,
 * `count` a multiple of four; every row is summed in the same order, so that equal rows have equal scores.
 */

/** Rows and query in single precision. @param rows [count, width] @param scores [count], single precision */
export function scoreFloats(query: usize, rows: usize, scores: usize, width: i32, count: i32): void {
  const rowBytes = (<usize>width) << 4;
  for (let row = 0; row < count; row += 4) {
    let sum0 = f32x4.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    const row1 = rows + rowBytes;
    const row2 = row1 + rowBytes;
    const row3 = row2 + rowBytes;
    for (let at: usize = 0; at < rowBytes; at += 16) {
      const part = v128.load(query + at);
      sum0 = f32x4.add(sum0, f32x4.mul(part, v128.load(rows + at)));
      sum1 = f32x4.add(sum1, f32x4.mul(part, v128.load(row1 + at)));
      sum2 = f32x4.add(sum2, f32x4.mul(part, v128.load(row2 + at)));
      sum3 = f32x4.add(sum3, f32x4.mul(part, v128.load(row3 + at)));
    }
    v128.store(scores, totals(sum0, sum1, sum2, sum3));
    scores += 16;
    rows = row3 + rowBytes;
  }
}

/** Rows in half precision, the query in single precision times 2^112: that is what {@link halves} leaves out. */
export function scoreHalves(query: usize, rows: usize, scores: usize, width: i32, count: i32): void {
  const rowBytes = (<usize>width) << 4;
  for (let row = 0; row < count; row += 4) {
    let sum0 = f32x4.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    const row1 = rows + rowBytes;
    const row2 = row1 + rowBytes;
    const row3 = row2 + rowBytes;
    let place = query;
    for (let at: usize = 0; at < rowBytes; at += 8) {
      const part = v128.load(place);
      sum0 = f32x4.add(sum0, f32x4.mul(part, halves(rows + at)));
      sum1 = f32x4.add(sum1, f32x4.mul(part, halves(row1 + at)));
      sum2 = f32x4.add(sum2, f32x4.mul(part, halves(row2 + at)));
      sum3 = f32x4.add(sum3, f32x4.mul(part, halves(row3 + at)));
      place += 16;
    }
    v128.store(scores, totals(sum0, sum1, sum2, sum3));
    scores += 16;
    rows = row3 + rowBytes;
  }
}

/**
 * Rows of int8 codes with a scale each, the query as 16-bit codes.
 * @param scales [count], single precision
 */
export function scoreCodes(query: usize, rows: usize, scales: usize, scores: usize, width: i32, count: i32): void {
  const rowBytes = (<usize>width) << 4;
  for (let row = 0; row < count; row += 4) {
    let sum0 = i32x4.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    const row1 = rows + rowBytes;
    const row2 = row1 + rowBytes;
    const row3 = row2 + rowBytes;
    let place = query;
    for (let at: usize = 0; at < rowBytes; at += 8) {
      const part = v128.load(place);
      sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(part, v128.load_ext<i8>(rows + at)));
      sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(part, v128.load_ext<i8>(row1 + at)));
      sum2 = i32x4.add(sum2, i32x4.dot_i16x8_s(part, v128.load_ext<i8>(row2 + at)));
      sum3 = i32x4.add(sum3, i32x4.dot_i16x8_s(part, v128.load_ext<i8>(row3 + at)));
      place += 16;
    }
    const low01 = v128.shuffle<i32>(sum0, sum1, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(sum0, sum1, 2, 6, 3, 7);
    const low23 = v128.shuffle<i32>(sum2, sum3, 0, 4, 1, 5);
    const high23 = v128.shuffle<i32>(sum2, sum3, 2, 6, 3, 7);
    const pairs01 = i32x4.add(low01, high01);
    const pairs23 = i32x4.add(low23, high23);
    const even = v128.shuffle<i32>(pairs01, pairs23, 0, 1, 4, 5);
    const odd = v128.shuffle<i32>(pairs01, pairs23, 2, 3, 6, 7);
    const sums = f32x4.convert_i32x4_s(i32x4.add(even, odd));
    v128.store(scores, f32x4.mul(sums, v128.load(scales)));
    scores += 16;
    scales += 16;
    rows = row3 + rowBytes;
  }
}

/** Four halves as single-precision numbers times 2^-112: their bits moved to where single precision has them, with the exponent as it is. */
function halves(place: usize): v128 {
  const bits = v128.load_ext<i16>(place);
  const magnitudes = v128.and(i32x4.shl(bits, 13), i32x4.splat(0x0fffe000));
  return v128.or(magnitudes, v128.and(bits, i32x4.splat(0x80000000)));
}

/** The sum of each of four vectors. */
function totals(sum0: v128, sum1: v128, sum2: v128, sum3: v128): v128 {
  const low01 = v128.shuffle<f32>(sum0, sum1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(sum0, sum1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(sum2, sum3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(sum2, sum3, 2, 6, 3, 7);
  const pairs01 = f32x4.add(low01, high01);
  const pairs23 = f32x4.add(low23, high23);
  const even = v128.shuffle<f32>(pairs01, pairs23, 0, 1, 4, 5);
  const odd = v128.shuffle<f32>(pairs01, pairs23, 2, 3, 6, 7);
  return f32x4.add(even, odd);
}
