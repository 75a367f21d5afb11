/**
 * Tiles of a matrix product: 4 rows by 8 or 4 columns of `out`, held in registers while the inner dimension passes by. Multiplication and addition stay two
 * roundings (relaxed SIMD would fuse them on some machines), and every sum is taken in the order of the inner dimension, so that an output has the same bits
 * whatever tile it falls into and wherever it is computed.
 *
 * Common to all: `a` and `b` are where the tile's first row and column begin, `…Stride` are bytes between rows. Sums start at `start` (a bias for every row with
 * stride 0, or `out` itself); `least` is 0 for a rectified result and −∞ otherwise. Of fewer rows or columns than the tile has, only `rows` and `columns` are
 * stored; loads may run past a row's end by up to 28 bytes, which every block of memory leaves room for.
 */

/** Stores the first `columns` (at least 1) of a vector's four numbers. */
function storePart(out: usize, values: v128, columns: i32): void {
  if (columns >= 4) {
    v128.store(out, values);
    return;
  }
  if (columns >= 2) v128.store_lane<i64>(out, values, 0);
  if (columns == 3) v128.store_lane<i32>(out, values, 2, 8);
  if (columns == 1) v128.store_lane<i32>(out, values, 0);
}

/** Eight columns or fewer. NaN stays NaN: a diverged network must show it. */
export function storeRow(out: usize, left: v128, right: v128, least: v128, columns: i32): void {
  left = f32x4.pmax(left, least);
  right = f32x4.pmax(right, least);
  if (columns >= 8) {
    v128.store(out, left);
    v128.store(out, right, 16);
  } else {
    storePart(out, left, columns);
    if (columns > 4) storePart(out + 16, right, columns - 4);
  }
}

/** Rows of `a` lie `aStride` apart, the inner dimension is contiguous: a·b. */
export function tileOfRows(
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  start: usize,
  startStride: usize,
  out: usize,
  outStride: usize,
  inner: i32,
  rows: i32,
  columns: i32,
  least: v128,
): void {
  // Rows that are not there are computed as copies of the last one.
  const second: usize = rows > 1 ? 1 : 0;
  const third: usize = rows > 2 ? 2 : second;
  const fourth: usize = rows > 3 ? 3 : third;
  let a0 = a;
  let a1 = a + second * aStride;
  let a2 = a + third * aStride;
  let a3 = a + fourth * aStride;
  let c00 = v128.load(start);
  let c01 = v128.load(start, 16);
  let c10 = v128.load(start + second * startStride);
  let c11 = v128.load(start + second * startStride, 16);
  let c20 = v128.load(start + third * startStride);
  let c21 = v128.load(start + third * startStride, 16);
  let c30 = v128.load(start + fourth * startStride);
  let c31 = v128.load(start + fourth * startStride, 16);
  let k = inner;
  for (; k >= 4; k -= 4) {
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a1);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a2);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a3);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    b += bStride;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 4);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a1, 4);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a2, 4);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a3, 4);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    b += bStride;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 8);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a1, 8);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a2, 8);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a3, 8);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    b += bStride;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 12);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a1, 12);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a2, 12);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a3, 12);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    b += bStride;
    a0 += 16;
    a1 += 16;
    a2 += 16;
    a3 += 16;
  }
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a1);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a2);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a3);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    b += bStride;
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
  }
  storeRow(out + fourth * outStride, c30, c31, least, columns);
  storeRow(out + third * outStride, c20, c21, least, columns);
  storeRow(out + second * outStride, c10, c11, least, columns);
  storeRow(out, c00, c01, least, columns);
}

/** The four rows are neighbours in memory, steps of the inner dimension lie `aStride` apart: aᵀ·b, for a gradient of weights. Sums start at 0. */
export function tileOfColumns(
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  out: usize,
  outStride: usize,
  inner: i32,
  rows: i32,
  columns: i32,
): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  let k = inner;
  for (; k >= 2; k -= 2) {
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    a += aStride;
    b += bStride;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    a += aStride;
    b += bStride;
  }
  if (k > 0) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
  }
  const least = f32x4.splat(-Infinity);
  if (rows > 3) storeRow(out + 3 * outStride, c30, c31, least, columns);
  if (rows > 2) storeRow(out + 2 * outStride, c20, c21, least, columns);
  if (rows > 1) storeRow(out + outStride, c10, c11, least, columns);
  storeRow(out, c00, c01, least, columns);
}
