import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NetworkSpec } from '../../src/compute/compute.ts';
import { parameterCount } from '../../src/compute/parameter-layout.ts';
import { blockFields, parameterBlocks } from '../../src/compute/webgpu/parameter-blocks.ts';
import { lanes, tileCount, type Tile } from '../../src/compute/webgpu/tile.ts';
import { gpuTiling, processorTiling } from '../../src/compute/webgpu/tiling.ts';
import { bucketLength, placeOf, workLayout } from '../../src/compute/webgpu/work-layout.ts';

const size = fc.integer({ min: 1, max: 150 });
const specs = fc
  .record({ inputSize: size, hiddenSizes: fc.array(size, { maxLength: 3 }), outputSize: size, wide: fc.boolean() })
  .map((shape): NetworkSpec => ({
    ...shape,
    wide: shape.wide || shape.hiddenSizes.length === 0,
    ...{ loss: 'squared', batchSize: 8 },
    optimizer: { kind: 'sgd', learningRate: 0.1, momentum: 0, weightDecay: 0 },
  }));

/** Where the update program writes, as its WGSL works it out. */
function placesWritten(table: Int32Array, tiles: number, tile: Tile): number[] {
  const places: number[] = [];
  for (let group = 0; group < tiles; group++) {
    let at = 0;
    for (let next = blockFields; next < table.length; next += blockFields) if (group >= table[next]!) at = next;
    const [first, across, start, , columnWidth, columnStep, , rowWidth, rowStep, biases] = table.slice(
      at,
      at + blockFields,
    ) as unknown as number[] as [number, number, number, number, number, number, number, number, number, number];
    const [tileColumns, tileRows] = [lanes * tile.columns, tile.rows * tile.rowThreads];
    const firstColumn = ((group - first) % across) * tileColumns;
    const firstRow = Math.floor((group - first) / across) * tileRows;
    const columns = Math.min(columnWidth + (biases < 0 ? 1 : 0) - firstColumn, tileColumns);
    const rows = Math.min(rowWidth + (biases > 0 ? 1 : 0) - firstRow, tileRows);
    for (let c = 0; c < columns; c++)
      for (let r = 0; r < rows; r++) places.push(start + (firstColumn + c) * columnStep + (firstRow + r) * rowStep);
  }
  return places;
}

describe('the table of parameter blocks', () => {
  it.each([
    ['a GPU', gpuTiling.update],
    ['a processor', processorTiling.update],
  ])('sends every parameter to one thread, for %s', (_, tile) => {
    fc.assert(
      fc.property(specs, (spec) => {
        const { table, tiles, blockCount } = parameterBlocks(spec, workLayout(spec), tile);
        expect(table).toHaveLength(blockCount * blockFields);
        const places = placesWritten(table, tiles, tile).sort((a, b) => a - b);
        expect(places).toEqual(Array.from({ length: parameterCount(spec) }, (_each, i) => i));
      }),
      { numRuns: 30 },
    );
  });

  it('lays a tall block on its side where that needs fewer tiles', () => {
    const spec: NetworkSpec = {
      ...{ inputSize: 256, hiddenSizes: [], wide: true, outputSize: 2, loss: 'squared', batchSize: 8 },
      optimizer: { kind: 'sgd', learningRate: 0.1, momentum: 0, weightDecay: 0 },
    };
    const tile = gpuTiling.update;
    const { tiles } = parameterBlocks(spec, workLayout(spec), tile);
    expect(tiles).toBe(tileCount(tile, 2, 257));
    expect(tiles).toBeLessThan(tileCount(tile, 257, 2));
  });
});

describe('the work buffer', () => {
  it('has its parts one after the other, those of a prediction first', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const work = workLayout(spec);
        const outputs = spec.outputSize;
        const starts = [
          [work.inputs, spec.inputSize],
          ...work.hidden.map((start, i) => [start, spec.hiddenSizes[i]!]),
          [work.scores, outputs],
          [work.weights, 1],
          ...[work.targets, work.masks, work.logitTargets, work.logitWeights].map((start) => [start, outputs]),
          [work.losses, 1],
          [work.scoreGradient, outputs],
          ...work.hiddenGradients.map((start, i) => [start, spec.hiddenSizes[i]!]),
        ] as [number, number][];
        let end = 0;
        for (const [start, width] of starts) {
          expect(start).toBe(end);
          end += width;
        }
        expect(work.columns).toBe(end);
        expect(work.predictColumns).toBe(work.weights);
        expect(placeOf(work.columns, 3) - placeOf(0, 3)).toBe(3 * end);
      }),
    );
  });

  it('comes in few lengths, a quarter too long at most', () => {
    const lengths = Array.from({ length: 100_000 }, (_, i) => bucketLength(i + 1));
    lengths.forEach((length, i) => {
      expect(length >= i + 1 && length <= Math.max(1.25 * (i + 1), i + 64)).toBe(true);
    });
    expect(new Set(lengths).size).toBeLessThan(50);
  });
});
