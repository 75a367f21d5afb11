import { floats, integers, type FusedProgram } from './webgpu-programs.ts';

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
    products: `for (var part = 0; part < 2; part++) {
      let left = select(uniforms.left, uniforms.left2, part == 1);
      let right = select(uniforms.right, uniforms.right2, part == 1);
      let depth = select(uniforms.depth, uniforms.depth2, part == 1);
      ${productCode(tile)}
    }`,
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
    products: `let left = uniforms.left; let right = uniforms.right; let depth = uniforms.depth; ${productCode(tile, true)}`,
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
  const outputs = eachResult(
    tile,
    (sum, r, c) => `if (row + ${r} < uniforms.rows && column + ${c} < uniforms.columns) {
      result[uniforms.output + (row + ${r}) * uniforms.columns + column + ${c}] = ${finish(sum, `(row + ${r})`, `(column + ${c})`)};
    }`,
  );
  const threads = lanes * rowThreads;
  return {
    key: `${name}_${tileKey(tile)}`,
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
function productCode(tile: Tile, transposed = false): string {
  const { rows, columns, splits, unroll } = tile;
  const step = (k: number): string => `{
      ${list(rows, (r) => `let a${r} = result[x${r} + ${k}];`)}
      ${list(columns, (c) => `let b${c} = state[y${c}${transposed ? ` + ${k}` : ''}];`)}
      ${transposed ? '' : list(columns, (c) => `y${c} += uniforms.columns;`)}
      ${each(rows, columns, (r, c) => `s${r}_${c} += a${r} * b${c};`)}
    }`;
  const advance = (by: number): string =>
    list(rows, (r) => `x${r} += ${by};`) + (transposed ? list(columns, (c) => `y${c} += ${by};`) : '');
  const edge = (c: number): string => `min(column + ${c * lanes}, uniforms.columns - 1)`;
  return `
    let first = depth * split / ${splits};
    let end = depth * (split + 1) / ${splits};
    ${list(rows, (r) => `var x${r} = left + min(row + ${r}, uniforms.rows - 1) * depth + first;`)}
    ${list(columns, (c) =>
      transposed
        ? `var y${c} = right + ${edge(c)} * depth + first;`
        : `var y${c} = right + first * uniforms.columns + ${edge(c)};`,
    )}
    var k = first;
    ${unrolled(unroll, 'k', 'end', (count) => list(count, step) + advance(count))}`;
}

/** A loop that takes `unroll` steps at a time, and then the rest one by one. */
export function unrolled(unroll: number, counter: string, end: string, steps: (count: number) => string): string {
  const rest = `for (; ${counter} < ${end}; ${counter}++) { ${steps(1)} }`;
  if (unroll === 1) return rest;
  return `for (; ${counter} + ${unroll} <= ${end}; ${counter} += ${unroll}) { ${steps(unroll)} } ${rest}`;
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

export function tileKey({ rows, columns, rowThreads, splits, unroll }: Tile): string {
  return [rows, columns, rowThreads, splits, unroll].join('x');
}
