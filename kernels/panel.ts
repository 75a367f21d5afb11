/** Eight columns of a matrix, side by side for as many steps of the inner dimension as a panel has: read again for every four rows, and small enough to stay near. */

/** Bytes of one step of a panel. */
export const panelStep: usize = 32;

/** Copies eight columns, beginning at `b`. */
export function packColumns(b: usize, bStride: usize, panel: usize, inner: i32): void {
  for (let k = 0; k < inner; k++) {
    v128.store(panel, v128.load(b));
    v128.store(panel, v128.load(b, 16), 16);
    b += bStride;
    panel += panelStep;
  }
}

/**
 * Eight rows of `b` become the columns of a panel: b[j, k] → panel[k, j]. Rows that are not there are copies of the last one.
 * Up to 3 steps more than `inner` are written.
 */
export function packRows(b: usize, bStride: usize, panel: usize, inner: i32, rows: i32): void {
  packFourRows(b, bStride, panel, inner, rows);
  if (rows > 4) packFourRows(b + 4 * bStride, bStride, panel + 16, inner, rows - 4);
}

function packFourRows(b: usize, bStride: usize, panel: usize, inner: i32, rows: i32): void {
  let b0 = b;
  let b1 = rows > 1 ? b0 + bStride : b0;
  let b2 = rows > 2 ? b1 + bStride : b1;
  let b3 = rows > 3 ? b2 + bStride : b2;
  for (let k = 0; k < inner; k += 4) {
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
