import { sharedTile } from './shared-product.ts';
import { tileCount, type Tile } from './tile.ts';

/** How programs are shared out on a device: what is fast on a GPU is slow where a processor plays one, and the other way round. */
export interface Tiling {
  /** The tile for a product [rows, depth] · [depth, columns]. */
  product(rows: number, columns: number, depth: number): Tile;
  /** The tile for the gradients of a block of parameters; `splits` is 1. */
  readonly update: Tile;
}

/** The widest product that is narrow: the last layer's, mostly. */
const narrowColumns = 32;
/** A device with fewer workgroups than this under way is not busy. */
const enoughGroups = 64;

const large: Tile = { rows: 4, columns: 4, rowThreads: 4, splits: 1, unroll: 4 };
const deep: Tile = { rows: 2, columns: 2, rowThreads: 4, splits: 4, unroll: 4 };

/** Many threads of few results each, which share the depth: a GPU hides the time of one thread's reading behind the others. */
export const gpuTiling: Tiling = {
  product(rows, columns, depth) {
    if (rows <= 2) return { rows: 1, columns: 1, rowThreads: 1, splits: 16, unroll: 4 };
    if (columns <= narrowColumns) return { rows: 2, columns: 1, rowThreads: 1, splits: 8, unroll: 4 };
    if (depth >= 64 && tileCount(sharedTile, rows, columns) >= enoughGroups) return sharedTile;
    return tileCount(large, rows, columns) >= enoughGroups || depth < 64 ? large : deep;
  },
  update: { rows: 4, columns: 4, rowThreads: 4, splits: 1, unroll: 4 },
};

/**
 * Few threads that read each number as seldom as they can and never wait for each other: a processor runs them one after the other, checks every read for its
 * bounds, and has to put a whole workgroup away at a barrier. Measured with SwiftShader.
 */
export const processorTiling: Tiling = {
  product(rows, columns) {
    if (rows <= 2) return { rows: 1, columns: 4, rowThreads: 1, splits: 1, unroll: 1 };
    if (columns <= narrowColumns) return { rows: 8, columns: 1, rowThreads: 1, splits: 1, unroll: 1 };
    return { rows: 8, columns: columns < 128 ? 4 : 8, rowThreads: 1, splits: 1, unroll: 1 };
  },
  update: { rows: 8, columns: 8, rowThreads: 1, splits: 1, unroll: 1 },
};
