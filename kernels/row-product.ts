/** Bytes of scratch that {@link multiplyRow} needs: a value and an address for each step of the inner dimension. */
export function rowScratchBytes(inner: i32): usize {
  return 8 * (<usize>inner + 4);
}

/**
 * One row: out = start + a·b, in the same order of summation as the tiles. Zeros of `a` (one-hot features, rectified units) are passed over together with the
 * rows of `b` that they would be multiplied with.
 */
export function multiplyRow(
  a: usize,
  b: usize,
  bStride: usize,
  start: usize,
  out: usize,
  inner: i32,
  columns: i32,
  least: v128,
  scratch: usize,
): void {
  const count = collectNonZeros(a, b, bStride, inner, scratch);
  const end = out + ((<usize>columns) << 2);
  // Whole vectors are stored, and what they take behind the row is put back: it may be the next row, still to be added to.
  const behind = v128.load(end);
  if (start != out) memory.copy(out, start, (<usize>columns) << 2);
  let place = scratch;
  for (let k = 0; k < count; k += 4) {
    const x0 = v128.load_splat<f32>(place);
    const x1 = v128.load_splat<f32>(place, 8);
    const x2 = v128.load_splat<f32>(place, 16);
    const x3 = v128.load_splat<f32>(place, 24);
    let b0 = <usize>load<u32>(place, 4);
    let b1 = <usize>load<u32>(place, 12);
    let b2 = <usize>load<u32>(place, 20);
    let b3 = <usize>load<u32>(place, 28);
    for (let c = out; c < end; c += 16) {
      let sum = v128.load(c);
      sum = f32x4.add(sum, f32x4.mul(x0, v128.load(b0)));
      sum = f32x4.add(sum, f32x4.mul(x1, v128.load(b1)));
      sum = f32x4.add(sum, f32x4.mul(x2, v128.load(b2)));
      sum = f32x4.add(sum, f32x4.mul(x3, v128.load(b3)));
      v128.store(c, sum);
      b0 += 16;
      b1 += 16;
      b2 += 16;
      b3 += 16;
    }
    place += 32;
  }
  for (let c = out; c < end; c += 16) v128.store(c, f32x4.pmax(v128.load(c), least));
  v128.store(end, behind);
}

/** Pairs of a value and the address of its row of `b`, filled up to a multiple of four with zeros times the first row. */
function collectNonZeros(a: usize, b: usize, bStride: usize, inner: i32, scratch: usize): i32 {
  let place = scratch;
  let row = b;
  const end = a + ((<usize>inner) << 2);
  while (a < end) {
    const value = load<f32>(a);
    store<f32>(place, value);
    store<u32>(place, <u32>row, 4);
    if (value != 0) place += 8;
    a += 4;
    row += bStride;
  }
  const count = <i32>((place - scratch) >> 3);
  for (let k = count; (k & 3) != 0; k++) {
    store<f32>(place, 0);
    store<u32>(place, <u32>b, 4);
    place += 8;
  }
  return count;
}
