import type { Matrix } from './matrix.ts';

/** Rows of the right factor that a block takes in. */
export const blockInner = 4;

/**
 * Adds the product of 8 × 4 numbers of the left factor, from `at` on, and the 4 rows of the right one from `inner` on to 8 rows of the result from `row` on.
 * Each number that is loaded is used in eight sums, without a test in between. They have names because V8 keeps no array in registers.
 * @param r from a number of the left factor to the one below it @param s to the one beside it
 */
export function addEightRows(
  a: Float32Array,
  at: number,
  r: number,
  s: number,
  { values: b, start: bStart, columns }: Matrix,
  inner: number,
  { values: out, start: outStart }: Matrix,
  row: number,
): void {
  const p0 = a[at]!;
  const p1 = a[at + s]!;
  const p2 = a[at + 2 * s]!;
  const p3 = a[at + 3 * s]!;
  const q0 = a[at + r]!;
  const q1 = a[at + r + s]!;
  const q2 = a[at + r + 2 * s]!;
  const q3 = a[at + r + 3 * s]!;
  const r0 = a[at + 2 * r]!;
  const r1 = a[at + 2 * r + s]!;
  const r2 = a[at + 2 * r + 2 * s]!;
  const r3 = a[at + 2 * r + 3 * s]!;
  const s0 = a[at + 3 * r]!;
  const s1 = a[at + 3 * r + s]!;
  const s2 = a[at + 3 * r + 2 * s]!;
  const s3 = a[at + 3 * r + 3 * s]!;
  const t0 = a[at + 4 * r]!;
  const t1 = a[at + 4 * r + s]!;
  const t2 = a[at + 4 * r + 2 * s]!;
  const t3 = a[at + 4 * r + 3 * s]!;
  const u0 = a[at + 5 * r]!;
  const u1 = a[at + 5 * r + s]!;
  const u2 = a[at + 5 * r + 2 * s]!;
  const u3 = a[at + 5 * r + 3 * s]!;
  const v0 = a[at + 6 * r]!;
  const v1 = a[at + 6 * r + s]!;
  const v2 = a[at + 6 * r + 2 * s]!;
  const v3 = a[at + 6 * r + 3 * s]!;
  const w0 = a[at + 7 * r]!;
  const w1 = a[at + 7 * r + s]!;
  const w2 = a[at + 7 * r + 2 * s]!;
  const w3 = a[at + 7 * r + 3 * s]!;
  let from = bStart + inner * columns;
  let to = outStart + row * columns;
  for (const end = to + columns; to < end; to++, from++) {
    const b0 = b[from]!;
    const b1 = b[from + columns]!;
    const b2 = b[from + 2 * columns]!;
    const b3 = b[from + 3 * columns]!;
    out[to]! += p0 * b0 + p1 * b1 + p2 * b2 + p3 * b3;
    out[to + columns]! += q0 * b0 + q1 * b1 + q2 * b2 + q3 * b3;
    out[to + 2 * columns]! += r0 * b0 + r1 * b1 + r2 * b2 + r3 * b3;
    out[to + 3 * columns]! += s0 * b0 + s1 * b1 + s2 * b2 + s3 * b3;
    out[to + 4 * columns]! += t0 * b0 + t1 * b1 + t2 * b2 + t3 * b3;
    out[to + 5 * columns]! += u0 * b0 + u1 * b1 + u2 * b2 + u3 * b3;
    out[to + 6 * columns]! += v0 * b0 + v1 * b1 + v2 * b2 + v3 * b3;
    out[to + 7 * columns]! += w0 * b0 + w1 * b1 + w2 * b2 + w3 * b3;
  }
}

/** The same for 4 × 4 numbers and 4 rows of the result. */
export function addFourRows(
  a: Float32Array,
  at: number,
  r: number,
  s: number,
  { values: b, start: bStart, columns }: Matrix,
  inner: number,
  { values: out, start: outStart }: Matrix,
  row: number,
): void {
  const p0 = a[at]!;
  const p1 = a[at + s]!;
  const p2 = a[at + 2 * s]!;
  const p3 = a[at + 3 * s]!;
  const q0 = a[at + r]!;
  const q1 = a[at + r + s]!;
  const q2 = a[at + r + 2 * s]!;
  const q3 = a[at + r + 3 * s]!;
  const r0 = a[at + 2 * r]!;
  const r1 = a[at + 2 * r + s]!;
  const r2 = a[at + 2 * r + 2 * s]!;
  const r3 = a[at + 2 * r + 3 * s]!;
  const s0 = a[at + 3 * r]!;
  const s1 = a[at + 3 * r + s]!;
  const s2 = a[at + 3 * r + 2 * s]!;
  const s3 = a[at + 3 * r + 3 * s]!;
  let from = bStart + inner * columns;
  let to = outStart + row * columns;
  for (const end = to + columns; to < end; to++, from++) {
    const b0 = b[from]!;
    const b1 = b[from + columns]!;
    const b2 = b[from + 2 * columns]!;
    const b3 = b[from + 3 * columns]!;
    out[to]! += p0 * b0 + p1 * b1 + p2 * b2 + p3 * b3;
    out[to + columns]! += q0 * b0 + q1 * b1 + q2 * b2 + q3 * b3;
    out[to + 2 * columns]! += r0 * b0 + r1 * b1 + r2 * b2 + r3 * b3;
    out[to + 3 * columns]! += s0 * b0 + s1 * b1 + s2 * b2 + s3 * b3;
  }
}
