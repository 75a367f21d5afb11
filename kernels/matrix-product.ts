import { packColumns, packTransposed, panelStep, panelWidth } from './panel';
import { multiplyRow, rowScratchBytes } from './row-product';
import { tileOfColumns, tileOfRows } from './tile';

/** Steps of the inner dimension in a panel that is put together for all rows: 16 kB, half of the smallest first-level cache in use. */
const depth: i32 = 512;
/** From this size on, what a tile would read with big strides is copied to lie together first. */
const farBytes: usize = 16384;

/** One or two rows that fill no tile are computed by themselves: together they would cost as much as four. */
function rowsAlone(rows: i32): i32 {
  const rest = rows & 3;
  return rest < 3 ? rest : 0;
}

/** Bytes of scratch that the products of a layer need: with [rows, inner] of a batch and any number of columns of weights. */
export function productScratchBytes(rows: i32, inner: i32): usize {
  const slices = <usize>((inner + 3) >> 2) * <usize>rows * 16 + <usize>rows * panelStep;
  const panel = <usize>(depth + 4) * panelStep;
  return max(slices, max(panel, rowScratchBytes(inner))) + 64;
}

/**
 * out = start + a·b, rectified where `rectify` is not 0.
 * @param a [rows, inner] @param b [inner, columns] in panels @param start as in tile.ts @param out [rows, columns]
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
  const alone = rowsAlone(rows);
  const tiled = rows - alone;
  if (tiled > 0) multiplyTiles(a, b, start, startStride, out, tiled, inner, columns, least);
  const aStride = (<usize>inner) << 2;
  const outStride = (<usize>columns) << 2;
  for (let row = tiled; row < rows; row++) {
    const at = <usize>row;
    const from = start + at * startStride;
    multiplyRow(a + at * aStride, b, from, out + at * outStride, inner, columns, least, scratch);
  }
}

/**
 * A function of its own: engines compile a kernel for what it has seen, and one that has long seen single rows alone made tiles at half the speed.
 * Four rows after the other: the weights stream past from front to back, which processors foresee; four rows of `a` stay near.
 */
function multiplyTiles(
  a: usize,
  b: usize,
  start: usize,
  startStride: usize,
  out: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  least: v128,
): void {
  const aStride = (<usize>inner) << 2;
  const outStride = (<usize>columns) << 2;
  for (let row = 0; row < rows; row += 4) {
    let panel = b;
    for (let column = 0; column < columns; column += 8) {
      const place = (<usize>column) << 2;
      const width = panelWidth(columns, column);
      const step = (<usize>width) << 2;
      const from = start + place;
      const left = rows - row;
      tileOfRows(a, aStride, panel, step, from, startStride, out + place, outStride, inner, left, width, least);
      panel += <usize>inner * step;
    }
    a += 4 * aStride;
    start += 4 * startStride;
    out += 4 * outStride;
  }
}

/** out = a·bᵀ. @param a [rows, inner] @param b [columns, inner] in panels @param zeros as many as there are columns @param out [rows, columns] */
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
  const aStride = (<usize>inner) << 2;
  const outStride = (<usize>columns) << 2;
  const none = f32x4.splat(-Infinity);
  for (let first = 0; first < inner; first += depth) {
    const steps = min(depth, inner - first);
    const values = a + ((<usize>first) << 2);
    for (let column = 0; column < columns; column += 8) {
      const width = panelWidth(columns, column);
      packRowsOfPanels(b, columns, inner, column, first, first + steps, scratch);
      const target = out + ((<usize>column) << 2);
      const start = first > 0 ? target : zeros;
      const startStride = first > 0 ? outStride : 0;
      tilesOfRows(values, aStride, scratch, panelStep, start, startStride, target, outStride, steps, rows, width, none);
    }
  }
}

/** Eight rows of weights in panels, from a first to a last column, become the columns of one panel. */
function packRowsOfPanels(b: usize, rows: i32, columns: i32, row: i32, first: i32, last: i32, target: usize): void {
  for (let column = first; column < last; column += 8) {
    const width = panelWidth(columns, column);
    const step = (<usize>width) << 2;
    const panel = b + <usize>rows * ((<usize>column) << 2) + <usize>row * step;
    packTransposed(panel, step, target, width, panelWidth(rows, row));
    target += 8 * panelStep;
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
 * @param a [inner, rows] @param b [inner, columns] @param out [rows, columns] in panels
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
  const bRow = (<usize>columns) << 2;
  const panel = scratch;
  const slices = scratch + <usize>inner * panelStep;
  const bIsFar = <usize>inner * bRow > farBytes;
  let aStride = (<usize>rows) << 2;
  const aIsFar = <usize>inner * aStride > farBytes && columns > 16;
  if (aIsFar) packSlices(a, aStride, slices, rows, inner);
  const left = aIsFar ? slices : a;
  const nextLeft: usize = aIsFar ? <usize>inner * 16 : 16;
  if (aIsFar) aStride = 16;
  for (let column = 0; column < columns; column += 8) {
    const width = panelWidth(columns, column);
    const step = (<usize>width) << 2;
    const source = b + ((<usize>column) << 2);
    if (bIsFar) packColumns(source, bRow, panel, inner);
    const right = bIsFar ? panel : source;
    const bStride = bIsFar ? panelStep : bRow;
    let at = left;
    for (let row = 0; row < rows; row += 4) {
      tileOfColumns(at, aStride, right, bStride, out, step, inner, rows - row, width);
      at += nextLeft;
      out += <usize>min(4, rows - row) * step;
    }
  }
}

/** Four columns of `a` side by side for all steps of the inner dimension, then the next four. */
function packSlices(a: usize, aStride: usize, slices: usize, rows: i32, inner: i32): void {
  for (let row = 0; row < rows; row += 4) {
    let source = a + ((<usize>row) << 2);
    for (let k = 0; k < inner; k++) {
      v128.store(slices, v128.load(source));
      source += aStride;
      slices += 16;
    }
  }
}
