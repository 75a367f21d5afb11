/**
 * Weights [rows, columns] lie in panels: eight columns side by side for all rows, then the next eight; the last panel is as narrow as what is left. So a product
 * reads them from front to back, whatever part it is at, and they take no more room than row-major.
 */

/** Bytes of a row of a full panel. */
export const panelStep: usize = 32;

/** Columns of the panel that begins with one. */
export function panelWidth(columns: i32, first: i32): i32 {
  return min(8, columns - first);
}

/** Row-major → panels. */
export function toPanels(source: usize, target: usize, rows: i32, columns: i32): void {
  for (let first = 0; first < columns; first += 8) {
    const bytes = (<usize>panelWidth(columns, first)) << 2;
    let from = source + ((<usize>first) << 2);
    for (let row = 0; row < rows; row++) {
      memory.copy(target, from, bytes);
      target += bytes;
      from += (<usize>columns) << 2;
    }
  }
}

/** Panels → row-major. */
export function fromPanels(source: usize, target: usize, rows: i32, columns: i32): void {
  for (let first = 0; first < columns; first += 8) {
    const bytes = (<usize>panelWidth(columns, first)) << 2;
    let to = target + ((<usize>first) << 2);
    for (let row = 0; row < rows; row++) {
      memory.copy(to, source, bytes);
      source += bytes;
      to += (<usize>columns) << 2;
    }
  }
}

/** Copies eight columns of a row-major matrix, beginning at `b`, into a panel. */
export function packColumns(b: usize, bStride: usize, panel: usize, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    v128.store(panel, v128.load(b));
    v128.store(panel, v128.load(b, 16), 16);
    b += bStride;
    panel += panelStep;
  }
}

/**
 * Up to eight rows of up to eight columns become eight columns: b[j, k] → panel[k, j]. Rows that are not there are copies of the last one.
 * Up to 3 rows of the panel more than `columns` are written.
 */
export function packTransposed(b: usize, bStride: usize, panel: usize, columns: i32, rows: i32): void {
  packFourRows(b, bStride, panel, columns, rows);
  if (rows > 4) packFourRows(b + 4 * bStride, bStride, panel + 16, columns, rows - 4);
}

function packFourRows(b: usize, bStride: usize, panel: usize, columns: i32, rows: i32): void {
  let b0 = b;
  let b1 = rows > 1 ? b0 + bStride : b0;
  let b2 = rows > 2 ? b1 + bStride : b1;
  let b3 = rows > 3 ? b2 + bStride : b2;
  for (let k = 0; k < columns; k += 4) {
    const r0 = v128.load(b0);
    const r1 = v128.load(b1);
    const r2 = v128.load(b2);
    const r3 = v128.load(b3);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(panel, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(panel, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 32);
    v128.store(panel, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 64);
    v128.store(panel, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 96);
    panel += 4 * panelStep;
    b0 += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
  }
}
