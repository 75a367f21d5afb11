import { floats, integers, type FusedProgram } from './programs.ts';
import { sharedDeclarations, sharedProductCode } from './shared-product.ts';
import { eachResult, lanes, tileKey, type Tile } from './tile.ts';
import { each, list, unrolled } from './wgsl.ts';

/**
 * max(left·right + left2·right2 + bias, floor) for one layer, NaN where that is NaN: a diverged network must show it. The second product is that of a wide
 * network's inputs. Everything but the parameters lies in
 * `result`: left [rows, depth] and the output [rows, columns] at the offsets that the uniforms name; right [depth, columns] lies in `state`.
 */
export function layerProgram(tile: Tile): FusedProgram {
  return productProgram('layer', tile, {
    uniforms: [...integers('bias', 'left2', 'right2', 'depth2'), ...floats('floor')],
    transposed: false,
    products: `for (var part = 0; part < 2; part++) {
      let left = select(uniforms.left, uniforms.left2, part == 1);
      let right = select(uniforms.right, uniforms.right2, part == 1);
      let depth = select(uniforms.depth, uniforms.depth2, part == 1);
      ${productCode(tile, false)}
    }`,
    finish: (sum, _row, column) => `atLeast(${sum} + state[uniforms.bias + ${column}], uniforms.floor)`,
    declarations: atLeast,
  });
}

/**
 * The derivative with respect to a hidden layer's sums: left·rightᵀ where the unit was active. left [rows, depth] is the derivative of the layer after it,
 * right [columns, depth] that layer's weights.
 */
export function hiddenGradientProgram(tile: Tile): FusedProgram {
  return productProgram('hidden_gradient', tile, {
    uniforms: integers('hidden'),
    transposed: true,
    products: `let left = uniforms.left; let right = uniforms.right; let depth = uniforms.depth; ${productCode(tile, true)}`,
    finish: (sum, row, column) =>
      `select(0.0, ${sum}, result[uniforms.hidden + ${row} * uniforms.columns + ${column}] > 0.0)`,
  });
}

/** By its bits: `max` gives the other number for a NaN, and a compiler may take for granted that there is none. */
const atLeast = `
    fn atLeast(sum : f32, floor : f32) -> f32 {
      return select(max(sum, floor), sum, (bitcast<u32>(sum) & 0x7fffffffu) > 0x7f800000u);
    }`;

interface ProductParts {
  readonly uniforms: FusedProgram['uniforms'];
  readonly products: string;
  readonly transposed: boolean;
  readonly finish: (sum: string, row: string, column: string) => string;
  readonly declarations?: string;
}

function productProgram(
  name: string,
  tile: Tile,
  { uniforms, products, transposed, finish, declarations = '' }: ProductParts,
): FusedProgram {
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
    workgroupSize: threads * splits,
    declarations: declarations + (tile.shared ? sharedDeclarations(transposed) : splitDeclarations(tile)),
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
function productCode(tile: Tile, transposed: boolean): string {
  if (tile.shared) return sharedProductCode(transposed);
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

function splitDeclarations({ rows, columns, rowThreads, splits }: Tile): string {
  return splits > 1 ? `var<workgroup> parts : array<f32, ${lanes * rowThreads * splits * rows * columns}>;` : '';
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
