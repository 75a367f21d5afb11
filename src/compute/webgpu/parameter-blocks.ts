import type { NetworkSpec } from '../compute.ts';
import { parameterLayout } from '../parameter-layout.ts';
import { tileCount, tilesAcross, type Tile } from './tile.ts';
import type { WorkLayout } from './work-layout.ts';

/** Numbers a block takes in the table that {@link parameterBlocks} gives. */
export const blockFields = 10;

/**
 * One layer's weights and biases, [before + 1, after] row-major with the biases last: their gradient is activationsᵀ·slopes, where a further column of the
 * activations is 1.
 */
interface ParameterBlock {
  readonly activations: Side;
  readonly slopes: Side;
  /** Whether the biases follow the weights: the last layer's are elsewhere. */
  readonly biases: boolean;
  readonly start: number;
}

/** A matrix of the work buffer: columns before it and its own. */
interface Side {
  readonly before: number;
  readonly width: number;
}

/** What the gradient of every parameter is made of, as the update program reads it: a table of {@link blockFields} numbers for each block. */
export function parameterBlocks(
  spec: NetworkSpec,
  work: WorkLayout,
  tile: Tile,
): { table: Int32Array<ArrayBuffer>; blockCount: number; tiles: number } {
  const rows: number[] = [];
  let tiles = 0;
  for (const block of blocksOf(spec, work)) {
    const { fields, count } = tiled(block, tiles, tile);
    rows.push(...fields);
    tiles += count;
  }
  return { table: Int32Array.from(rows), blockCount: rows.length / blockFields, tiles };
}

function blocksOf(spec: NetworkSpec, work: WorkLayout): ParameterBlock[] {
  const layout = parameterLayout(spec);
  const scores = { before: work.scoreGradient, width: spec.outputSize };
  const wide = { before: work.inputs, width: spec.wide ? spec.inputSize : 0 };
  const hidden = layout.hidden.map(({ inputSize, size, weight }, i) => ({
    activations: { before: i === 0 ? work.inputs : work.hidden[i - 1]!, width: inputSize },
    slopes: { before: work.hiddenGradients[i]!, width: size },
    biases: true,
    start: weight,
  }));
  const deep = { before: work.hidden.at(-1) ?? 0, width: layout.lastSize };
  return [
    { activations: wide, slopes: scores, biases: true, start: layout.wideWeight },
    ...hidden,
    ...(layout.lastSize > 0 ? [{ activations: deep, slopes: scores, biases: false, start: layout.deepWeight }] : []),
  ];
}

/** The block laid out along the side that needs fewer tiles. */
function tiled(block: ParameterBlock, firstTile: number, tile: Tile): { fields: number[]; count: number } {
  const { activations, slopes, biases, start } = block;
  const down = { ...activations, size: activations.width + (biases ? 1 : 0), step: slopes.width };
  const across = { ...slopes, size: slopes.width, step: 1 };
  const turned = tileCount(tile, across.size, down.size) < tileCount(tile, down.size, across.size);
  const [columns, rows] = turned ? [down, across] : [across, down];
  return {
    fields: [
      ...[firstTile, tilesAcross(tile, columns.size), start],
      ...[columns.before, columns.width, columns.step, rows.before, rows.width, rows.step],
      (turned ? -1 : 1) * (biases ? 1 : 0),
    ],
    count: tileCount(tile, rows.size, columns.size),
  };
}
