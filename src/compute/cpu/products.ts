import { addEightRows, addFourRows, blockInner } from './blocks.ts';
import type { Matrix } from './matrix.ts';
import type { WeightedRows } from './weighted-rows.ts';

/** Rows this far apart (4096 bytes) share one set of the processor's first cache, which has room for eight lines: eight rows of the result and four factors do not fit. */
const cacheSetColumns = 1024;

/**
 * Adds a·b to `out`, in double precision over four numbers at least and in single precision between them; zeros of a sparse `a` are passed over.
 * @param scratch overwritten
 */
export function addProduct(a: Matrix, b: Matrix, out: Matrix, scratch: WeightedRows): void {
  addStrided(a, a.columns, 1, a.columns, b, out, scratch);
}

/** Adds aᵀ·b to `out`, in the same way. */
export function addTransposedProduct(a: Matrix, b: Matrix, out: Matrix, scratch: WeightedRows): void {
  addStrided(a, 1, a.columns, a.rows, b, out, scratch);
}

/**
 * @param rowStride from a number of the left factor to the one below it @param stride to the one beside it
 * @param inner rows of the right factor
 */
function addStrided(
  a: Matrix,
  rowStride: number,
  stride: number,
  inner: number,
  b: Matrix,
  out: Matrix,
  scratch: WeightedRows,
): void {
  const rowsInBlocks = a.sparse ? 0 : out.rows - (out.rows % 4);
  const rowsByEight = out.columns % cacheSetColumns === 0 ? 0 : rowsInBlocks - (rowsInBlocks % 8);
  const innerInBlocks = inner - (inner % blockInner);
  for (let row = 0; row < rowsByEight; row += 8) {
    for (let i = 0; i < innerInBlocks; i += blockInner)
      addEightRows(a.values, a.start + row * rowStride + i * stride, rowStride, stride, b, i, out, row);
  }
  for (let row = rowsByEight; row < rowsInBlocks; row += 4) {
    for (let i = 0; i < innerInBlocks; i += blockInner)
      addFourRows(a.values, a.start + row * rowStride + i * stride, rowStride, stride, b, i, out, row);
  }
  const rowsOfAll = innerInBlocks === inner ? rowsInBlocks : 0;
  for (let row = rowsOfAll; row < out.rows; row++) {
    scratch.gather(a.values, a.start + row * rowStride, stride, row < rowsInBlocks ? innerInBlocks : 0, inner, b);
    const start = out.start + row * out.columns;
    scratch.begin(out.values, start, out.columns);
    scratch.add(b);
    scratch.end(out.values, start, out.columns);
  }
}
