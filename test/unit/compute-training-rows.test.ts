import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paddedTrainingRows, trainingRows } from '../../src/compute/training-rows.ts';
import { chunkRows } from '../../src/compute/webgpu/row-chunks.ts';

describe('the rows of a training batch', () => {
  it('are padded to the least number that they fit into, the own one of the network among them', () => {
    for (const [rows, batchSize, padded] of [
      [1, 16, 8],
      [8, 16, 8],
      [9, 16, 16],
      [17, 20, 20],
      [21, 20, 24],
      [3, 4, 4],
      [512, 16, 512],
      [600, 700, 700],
    ] as const)
      expect(paddedTrainingRows(rows, batchSize)).toBe(padded);
    for (let rows = 1; rows <= 512; rows++) {
      const padded = paddedTrainingRows(rows, 512);
      expect(trainingRows).toContain(padded);
      expect(padded >= rows && padded < Math.max(9, 2 * rows)).toBe(true);
    }
  });

  it('are no more than there is a number for', () => {
    expect(() => paddedTrainingRows(513, 16)).toThrow(RangeError);
    expect(() => paddedTrainingRows(701, 700)).toThrow(RangeError);
  });
});

describe('the chunks of a prediction', () => {
  it('cover the rows in order, each with room for its own', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), (rows) => {
        let end = 0;
        for (const { start, count, padded } of chunkRows(rows)) {
          expect(start).toBe(end);
          expect(count).toBeGreaterThan(0);
          expect([1, 8, 64, 512].find((size) => size >= count)).toBe(padded);
          end += count;
        }
        expect(end).toBe(rows);
      }),
    );
  });

  it('are as few as can be', () => {
    expect(chunkRows(0)).toEqual([]);
    expect(chunkRows(512)).toHaveLength(1);
    expect(chunkRows(513).map(({ padded }) => padded)).toEqual([512, 1]);
  });
});
