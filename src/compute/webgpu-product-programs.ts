import { floats, integers, type FusedProgram } from './webgpu-programs.ts';

/** Threads side by side: they take neighbouring columns, so that what they read is one piece of memory, and what they write. */
export const lanes = 16;

/**
 * How the matrix products of a layer are shared out. A thread adds up `rows` × `columns` results in registers; 16 threads lie side by side, `rowThreads` of those
 * below each other, and `splits` of the whole share the depth and join their sums in workgroup memory.
 */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly rowThreads: number;
  readonly splits: number;
}

export function tilesAcross(tile: Tile, columns: number): number {
  return Math.ceil(columns / (lanes * tile.columns));
}

export function tileCount(tile: Tile, rows: number, columns: number): number {
  return tilesAcross(tile, columns) * Math.ceil(rows / (tile.rows * tile.rowThreads));
}

/**
 * max(left·right + left2·right2 + bias, floor) for one layer; the second product is that of a wide network's inputs. Everything but the parameters lies in
 * `result`: left [rows, depth] and the output [rows, columns] at the offsets that the uniforms name; right [depth, columns] lies in `state`.
 */
export function layerProgram(tile: Tile): FusedProgram {
  return productProgram('layer', tile, {
    uniforms: [...integers('bias', 'left2', 'right2', 'depth2'), ...floats('floor')],
    products: productCode(tile, 'left', 'right', 'depth') + productCode(tile, 'left2', 'right2', 'depth2'),
    finish: (sum, _row, column) => `max(${sum} + state[uniforms.bias + ${column}], uniforms.floor)`,
  });
}

/**
 * The derivative with respect to a hidden layer's sums: left·rightᵀ where the unit was active. left [rows, depth] is the derivative of the layer after it,
 * right [columns, depth] that layer's weights.
 */
export function hiddenGradientProgram(tile: Tile): FusedProgram {
  return productProgram('hidden_gradient', tile, {
    uniforms: integers('hidden'),
    products: productCode(tile, 'left', 'right', 'depth', true),
    finish: (sum, row, column) =>
      `select(0.0, ${sum}, result[uniforms.hidden + ${row} * uniforms.columns + ${column}] > 0.0)`,
  });
}

interface ProductParts {
  readonly uniforms: FusedProgram['uniforms'];
  readonly products: string;
  readonly finish: (sum: string, row: string, column: string) => string;
}

function productProgram(name: string, tile: Tile, { uniforms, products, finish }: ProductParts): FusedProgram {
  const { rows, columns, rowThreads, splits } = tile;
  const outputs = each(rows, columns, (r, c) => {
    const place = `uniforms.output + (row + ${r}) * uniforms.columns + column + ${c * lanes}`;
    const inside = `row + ${r} < uniforms.rows && column + ${c * lanes} < uniforms.columns`;
    return `if (${inside}) { result[${place}] = ${finish(`s${r}_${c}`, `(row + ${r})`, `(column + ${c * lanes})`)}; }`;
  });
  const threads = lanes * rowThreads;
  return {
    key: `${name}_${rows}x${columns}x${rowThreads}x${splits}`,
    inputs: ['state'],
    uniforms: [...integers('rows', 'columns', 'tilesAcross', 'output', 'left', 'right', 'depth'), ...uniforms],
    wholeWorkgroups: true,
    workgroupSize: threads * splits,
    declarations: splits > 1 ? `var<workgroup> parts : array<f32, ${threads * splits * rows * columns}>;` : '',
    code: `
    let lane = local % ${lanes};
    let thread = local % ${threads};
    let split = local / ${threads};
    let row = (group / uniforms.tilesAcross) * ${rowThreads * rows} + (thread / ${lanes}) * ${rows};
    let column = (group % uniforms.tilesAcross) * ${lanes * columns} + lane;
    ${each(rows, columns, (r, c) => `var s${r}_${c} = 0.0;`)}
    ${products}
    ${splits > 1 ? joinSplits(tile, threads) : ''}
    if (split == 0) { ${outputs} }`,
  };
}

/** Adds left·right to the sums, for this thread's share of the depth. Places outside the matrices read what is at their edge. */
function productCode(tile: Tile, left: string, right: string, depth: string, transposed = false): string {
  const { rows, columns, splits } = tile;
  const size = `uniforms.${depth}`;
  const step = (k: number): string => `{
      ${list(rows, (r) => `let a${r} = result[x${r} + ${k}];`)}
      ${list(columns, (c) => `let b${c} = state[y${c}${transposed ? ` + ${k}` : ''}];`)}
      ${transposed ? '' : list(columns, (c) => `y${c} += uniforms.columns;`)}
      ${each(rows, columns, (r, c) => `s${r}_${c} += a${r} * b${c};`)}
    }`;
  const advance = (by: number): string =>
    list(rows, (r) => `x${r} += ${by};`) + (transposed ? list(columns, (c) => `y${c} += ${by};`) : '');
  const edge = (c: number): string => `min(column + ${c * lanes}, uniforms.columns - 1)`;
  return `{
    let first = ${size} * split / ${splits};
    let end = ${size} * (split + 1) / ${splits};
    ${list(rows, (r) => `var x${r} = uniforms.${left} + min(row + ${r}, uniforms.rows - 1) * ${size} + first;`)}
    ${list(columns, (c) =>
      transposed
        ? `var y${c} = uniforms.${right} + ${edge(c)} * ${size} + first;`
        : `var y${c} = uniforms.${right} + first * uniforms.columns + ${edge(c)};`,
    )}
    var k = first;
    for (; k + 4 <= end; k += 4) { ${list(4, step)} ${advance(4)} }
    for (; k < end; k++) { ${step(0)} ${advance(1)} }
  }`;
}

function joinSplits({ rows, columns, splits }: Tile, threads: number): string {
  const size = rows * columns;
  const place = (r: number, c: number): string => `${(r * columns + c) * threads} + thread`;
  return `
    ${each(rows, columns, (r, c) => `parts[split * ${threads * size} + ${place(r, c)}] = s${r}_${c};`)}
    workgroupBarrier();
    if (split == 0) {
      for (var other = 1; other < ${splits}; other++) {
        ${each(rows, columns, (r, c) => `s${r}_${c} += parts[other * ${threads * size} + ${place(r, c)}];`)}
      }
    }`;
}

/** WGSL for each of `count` things. */
export function list(count: number, write: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => write(i)).join(' ');
}

/** WGSL for each of a thread's results. */
export function each(rows: number, columns: number, write: (r: number, c: number) => string): string {
  return list(rows, (r) => list(columns, (c) => write(r, c)));
}
