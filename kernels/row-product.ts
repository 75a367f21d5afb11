import { panelStep, panelWidth } from './panel';
import { storeRow } from './tile';

/** Bytes of scratch that {@link multiplyRow} needs: a value and a number for each step of the inner dimension. */
export function rowScratchBytes(inner: i32): usize {
  return 8 * <usize>inner;
}

/**
 * One row: out = start + a·b, in the same order of summation as the tiles. Zeros of `a` (one-hot features, rectified units) are passed over together with the
 * rows of `b` that they would be multiplied with. @param b in panels
 */
export function multiplyRow(
  a: usize,
  b: usize,
  start: usize,
  out: usize,
  inner: i32,
  columns: i32,
  least: v128,
  scratch: usize,
): void {
  const end = collectNonZeros(a, inner, scratch);
  const panelBytes = <usize>inner * panelStep;
  let column = 0;
  for (; column + 32 <= columns; column += 32) {
    fourPanels(scratch, end, b, panelBytes, start, out, least);
    b += 4 * panelBytes;
    start += 128;
    out += 128;
  }
  for (; column < columns; column += 8) {
    onePanel(scratch, end, b, panelWidth(columns, column), start, out, least);
    b += panelBytes;
    start += 32;
    out += 32;
  }
}

/** Pairs of a value and the number of its row of `b`. @returns where they end */
function collectNonZeros(a: usize, inner: i32, scratch: usize): usize {
  let place = scratch;
  for (let k = 0; k < inner; k++) {
    const value = load<f32>(a);
    store<f32>(place, value);
    store<i32>(place, k, 4);
    if (value != 0) place += 8;
    a += 4;
  }
  return place;
}

/** 32 columns: as many sums as are needed for none to wait for the one before. */
function fourPanels(
  place: usize,
  end: usize,
  b: usize,
  panelBytes: usize,
  start: usize,
  out: usize,
  least: v128,
): void {
  const b1 = b + panelBytes;
  const b2 = b1 + panelBytes;
  const b3 = b2 + panelBytes;
  let c0 = v128.load(start);
  let c1 = v128.load(start, 16);
  let c2 = v128.load(start, 32);
  let c3 = v128.load(start, 48);
  let c4 = v128.load(start, 64);
  let c5 = v128.load(start, 80);
  let c6 = v128.load(start, 96);
  let c7 = v128.load(start, 112);
  for (; place < end; place += 8) {
    const x = v128.load_splat<f32>(place);
    const at = (<usize>load<u32>(place, 4)) << 5;
    c0 = f32x4.add(c0, f32x4.mul(x, v128.load(b + at)));
    c1 = f32x4.add(c1, f32x4.mul(x, v128.load(b + at, 16)));
    c2 = f32x4.add(c2, f32x4.mul(x, v128.load(b1 + at)));
    c3 = f32x4.add(c3, f32x4.mul(x, v128.load(b1 + at, 16)));
    c4 = f32x4.add(c4, f32x4.mul(x, v128.load(b2 + at)));
    c5 = f32x4.add(c5, f32x4.mul(x, v128.load(b2 + at, 16)));
    c6 = f32x4.add(c6, f32x4.mul(x, v128.load(b3 + at)));
    c7 = f32x4.add(c7, f32x4.mul(x, v128.load(b3 + at, 16)));
  }
  storeRow(out, c0, c1, least, 8);
  storeRow(out + 32, c2, c3, least, 8);
  storeRow(out + 64, c4, c5, least, 8);
  storeRow(out + 96, c6, c7, least, 8);
}

function onePanel(place: usize, end: usize, b: usize, width: i32, start: usize, out: usize, least: v128): void {
  let left = v128.load(start);
  let right = v128.load(start, 16);
  for (; place < end; place += 8) {
    const x = v128.load_splat<f32>(place);
    const row = b + ((<usize>load<u32>(place, 4) * <usize>width) << 2);
    left = f32x4.add(left, f32x4.mul(x, v128.load(row)));
    right = f32x4.add(right, f32x4.mul(x, v128.load(row, 16)));
  }
  storeRow(out, left, right, least, width);
}
