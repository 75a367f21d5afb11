import { each } from './wgsl.ts';

/** Threads side by side: they take neighbouring columns, so that what they read is one piece of memory, and what they write. */
export const lanes = 16;

/**
 * How the matrix products of a layer are shared out. A thread adds up `rows` × `columns` results in registers; 16 threads lie side by side, `rowThreads` of those
 * below each other, and `splits` of the whole share the depth and join their sums in workgroup memory. `unroll` steps are written out one after the other: longer
 * to compile.
 */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly rowThreads: number;
  readonly splits: number;
  readonly unroll: number;
  /** Whether the workgroup fetches its numbers together; such a tile is `sharedTile` of shared-product.ts. */
  readonly shared?: boolean;
}

export function tilesAcross(tile: Tile, columns: number): number {
  return Math.ceil(columns / (lanes * tile.columns));
}

export function tileCount(tile: Tile, rows: number, columns: number): number {
  return tilesAcross(tile, columns) * Math.ceil(rows / (tile.rows * tile.rowThreads));
}

/** WGSL for each of a thread's sums, with how far it is from the thread's first row and column. Written out only where there is to be much code. */
export function eachResult(tile: Tile, write: (sum: string, r: string, c: string) => string): string {
  const { rows, columns, unroll } = tile;
  if (unroll > 1) return each(rows, columns, (r, c) => write(`s${r}_${c}`, `${r}`, `${c * lanes}`));
  const sums = each(rows, columns, (r, c) => `s${r}_${c},`);
  return `
    var sums = array<f32, ${rows * columns}>(${sums});
    for (var i = 0; i < ${rows * columns}; i++) {
      let r = i / ${columns};
      let c = i % ${columns} * ${lanes};
      ${write('sums[i]', 'r', 'c')}
    }`;
}

export function tileKey({ rows, columns, rowThreads, splits, unroll, shared = false }: Tile): string {
  return [rows, columns, rowThreads, splits, unroll].join('x') + (shared ? '_shared' : '');
}
