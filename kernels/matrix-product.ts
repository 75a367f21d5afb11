import { packColumns, packRows, panelStep } from './panel';
import { multiplyRow, rowScratchBytes } from './row-product';
import { tileOfColumns, tileOfRows } from './tile';

/** Steps of the inner dimension in one panel: 8 kB, a quarter of the smallest first-level cache in use, so that rows and results find room beside it. */
const depth: i32 = 256;
/** From this size on, what a tile would read with big strides is copied to lie together first. */
const farBytes: usize = 16384;
/** Weights with rows at least so long are copied, too, unless few rows of a batch are to be multiplied with them. */
const farStride: usize = 1024;
/** One or two rows that fill no tile are computed by themselves: together they would cost as much as four. */
function rowsAlone(rows: i32): i32 {
  const rest = rows & 3;
  return rest < 3 ? rest : 0;
}

/** Bytes of scratch that the products of a layer need: with [rows, inner] of a batch, [inner, columns] of weights. */
export function productScratchBytes(rows: i32, inner: i32, columns: i32): usize {
  const panels = <usize>((columns + 7) >> 3) * <usize>rows * panelStep + <usize>rows * 16;
  const panel = <usize>(depth + 4) * panelStep;
  return max(panels, max(panel, rowScratchBytes(inner))) + 64;
}

/**
 * out = start + a·b, rectified where `rectify` is not 0; row-major.
 * @param a [rows, inner] @param b [inner, columns] @param start as in tile.ts @param out [rows, columns]
 */
export function multiply(
  a: usize,
  b: usize,
  start: usize,
  startStride: usize,
  out: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  rectify: i32,
  scratch: usize,
): void {
  const least = f32x4.splat(rectify ? 0 : -Infinity);
  const aStride = (<usize>inner) << 2;
  const bStride = (<usize>columns) << 2;
  const alone = rowsAlone(rows);
  for (let row = rows - alone; row < rows; row++) {
    const at = <usize>row;
    const from = start + at * startStride;
    multiplyRow(a + at * aStride, b, bStride, from, out + at * bStride, inner, columns, least, scratch);
  }
  rows -= alone;
  if (rows == 0) return;
  const isFar = rows >= 16 && bStride >= farStride;
  for (let first = 0; first < inner; first += depth) {
    const steps = min(depth, inner - first);
    const limit = first + steps == inner ? least : f32x4.splat(-Infinity);
    const rowsAt = a + ((<usize>first) << 2);
    if (first > 0) {
      start = out;
      startStride = bStride;
    }
    for (let column = 0; column < columns; column += 8) {
      const place = (<usize>column) << 2;
      let panel = b + <usize>first * bStride + place;
      let step = bStride;
      if (isFar) {
        packColumns(panel, bStride, scratch, steps);
        panel = scratch;
        step = panelStep;
      }
      const from = start + place;
      const rest = columns - column;
      tilesOfRows(rowsAt, aStride, panel, step, from, startStride, out + place, bStride, steps, rows, rest, limit);
    }
  }
}

/** out = a·bᵀ. @param a [rows, inner] @param b [columns, inner] @param out [rows, columns] */
export function multiplyByTransposed(
  a: usize,
  b: usize,
  zeros: usize,
  out: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  scratch: usize,
): void {
  const stride = (<usize>inner) << 2;
  const outStride = (<usize>columns) << 2;
  const none = f32x4.splat(-Infinity);
  for (let first = 0; first < inner; first += depth) {
    const steps = min(depth, inner - first);
    const at = (<usize>first) << 2;
    for (let column = 0; column < columns; column += 8) {
      const target = out + ((<usize>column) << 2);
      packRows(b + <usize>column * stride + at, stride, scratch, steps, columns - column);
      const start = first > 0 ? target : zeros;
      const startStride = first > 0 ? outStride : 0;
      tilesOfRows(
        a + at,
        stride,
        scratch,
        panelStep,
        start,
        startStride,
        target,
        outStride,
        steps,
        rows,
        columns - column,
        none,
      );
    }
  }
}

/** All rows of one panel. */
function tilesOfRows(
  a: usize,
  aStride: usize,
  panel: usize,
  panelStride: usize,
  start: usize,
  startStride: usize,
  out: usize,
  outStride: usize,
  inner: i32,
  rows: i32,
  columns: i32,
  least: v128,
): void {
  for (let row = 0; row < rows; row += 4) {
    tileOfRows(a, aStride, panel, panelStride, start, startStride, out, outStride, inner, rows - row, columns, least);
    a += 4 * aStride;
    start += 4 * startStride;
    out += 4 * outStride;
  }
}

/**
 * out = aᵀ·b: a gradient of weights, so that the inner dimension is that of a batch and short.
 * @param a [inner, rows] @param b [inner, columns] @param out [rows, columns]
 */
export function multiplyTransposed(
  a: usize,
  b: usize,
  out: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  scratch: usize,
): void {
  const aStride = (<usize>rows) << 2;
  const outStride = (<usize>columns) << 2;
  const bIsFar = <usize>inner * outStride > farBytes;
  const panelBytes = <usize>inner * panelStep;
  if (bIsFar) {
    for (let column = 0; column < columns; column += 8) {
      packColumns(b + ((<usize>column) << 2), outStride, scratch + <usize>(column >> 3) * panelBytes, inner);
    }
  }
  const bStride = bIsFar ? panelStep : outStride;
  const nextPanel: usize = bIsFar ? panelBytes : panelStep;
  const slice = scratch + (bIsFar ? <usize>((columns + 7) >> 3) * panelBytes : 0);
  const aIsFar = <usize>inner * aStride > farBytes && columns > 16;
  for (let row = 0; row < rows; row += 4) {
    let left = a + ((<usize>row) << 2);
    let leftStride = aStride;
    if (aIsFar) {
      packSlice(left, aStride, slice, inner);
      left = slice;
      leftStride = 16;
    }
    let panel = bIsFar ? scratch : b;
    const target = out + <usize>row * outStride;
    for (let column = 0; column < columns; column += 8) {
      tileOfColumns(
        left,
        leftStride,
        panel,
        bStride,
        target + ((<usize>column) << 2),
        outStride,
        inner,
        rows - row,
        columns - column,
      );
      panel += nextPanel;
    }
  }
}

function packSlice(a: usize, aStride: usize, slice: usize, inner: i32): void {
  for (let k = 0; k < inner; k++) {
    v128.store(slice, v128.load(a));
    a += aStride;
    slice += 16;
  }
}
