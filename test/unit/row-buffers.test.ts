import { expect, it } from 'vitest';
import { RowBuffers } from '../../src/learners/row-buffers.ts';

const ROWS = 500;

it.each([
  ['small', 2, 3],
  ['as large as a block and more', 2000, 5000],
  ['empty', 0, 0],
])('gives %s rows that are zero at first and share nothing', (_, rawSize, denseSize) => {
  const buffers = new RowBuffers(rawSize, denseSize);
  const rows = Array.from({ length: ROWS }, () => buffers.take());
  rows.forEach(({ raw, dense }, index) => {
    expect([raw.length, dense.length]).toEqual([rawSize, denseSize]);
    expect(raw.every((value) => value === 0) && dense.every((value) => value === 0)).toBe(true);
    raw.fill(index + 1);
    dense.fill(-index - 1);
  });
  rows.forEach(({ raw, dense }, index) => {
    expect(raw.every((value) => value === index + 1) && dense.every((value) => value === -index - 1)).toBe(true);
  });
});

it('keeps little memory beside a row that is kept', () => {
  const { raw } = new RowBuffers(2, 3).take();
  expect(raw.buffer.byteLength).toBeLessThanOrEqual(8192);
  expect(new RowBuffers(2000, 5000).take().raw.buffer.byteLength).toBe(4 * 7000);
});
