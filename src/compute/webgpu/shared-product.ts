import { lanes, type Tile } from './tile.ts';
import { each, list } from './wgsl.ts';

/** Depth that is in workgroup memory at a time. */
const step = 16;
const quads = step / 4;
/** One more than is used, so that neighbouring threads read from other banks of the memory. */
const stride = quads + 1;

/** The tile that {@link sharedProductCode} is written for: 64 × 64 results of 256 threads. */
export const sharedTile: Tile = { rows: 4, columns: 4, rowThreads: 16, splits: 1, unroll: 4, shared: true };

const side = sharedTile.columns * lanes;

export function sharedDeclarations(transposed: boolean): string {
  const right = transposed ? `array<vec4f, ${side * stride}>` : `array<f32, ${side * step}>`;
  return `var<workgroup> leftTile : array<vec4f, ${side * quads}>; var<workgroup> rightTile : ${right};`;
}

/**
 * Adds left·right to the sums by way of workgroup memory: its threads fetch 16 columns of left and rows of right together, and each number serves 64 results.
 * Left beyond the depth counts as 0.
 */
export function sharedProductCode(transposed: boolean): string {
  const { rows, columns } = sharedTile;
  return `
    let firstRow = row - thread / ${lanes} * ${rows};
    let firstColumn = column - lane;
    for (var start = 0; start < depth; start += ${step}) {
      let k = start + thread % ${quads} * 4;
      let fromLeft = left + min(firstRow + thread / ${quads}, uniforms.rows - 1) * depth + k;
      workgroupBarrier();
      leftTile[thread] = vec4f(${list(4, (j) => `select(0.0, result[fromLeft + ${j}], k + ${j} < depth),`)});
      ${transposed ? fetchTransposed : fetchRight}
      workgroupBarrier();
      for (var quad = 0; quad < ${quads}; quad++) {
        ${list(rows, (r) => `let a${r} = leftTile[(thread / ${lanes} * ${rows} + ${r}) * ${quads} + quad];`)}
        ${transposed ? dots(rows, columns) : list(4, (j) => terms(rows, columns, j))}
      }
    }`;
}

const fetchRight = list(
  quads,
  (j) => `{
        let below = thread / ${side} + ${j * 4};
        let beside = min(firstColumn + thread % ${side}, uniforms.columns - 1);
        rightTile[below * ${side} + thread % ${side}] = state[right + min(start + below, depth - 1) * uniforms.columns + beside];
      }`,
);

const fetchTransposed = `
      let fromRight = right + min(firstColumn + thread / ${quads}, uniforms.columns - 1) * depth + k;
      rightTile[thread / ${quads} * ${stride} + thread % ${quads}] =
        vec4f(${list(4, (j) => `select(0.0, state[fromRight + ${j}], k + ${j} < depth),`)});`;

function terms(rows: number, columns: number, j: number): string {
  return `{
          ${list(columns, (c) => `let b${c} = rightTile[(quad * 4 + ${j}) * ${side} + lane + ${c * lanes}];`)}
          ${each(rows, columns, (r, c) => `s${r}_${c} += a${r}[${j}] * b${c};`)}
        }`;
}

function dots(rows: number, columns: number): string {
  return `
        ${list(columns, (c) => `let b${c} = rightTile[(lane + ${c * lanes}) * ${stride} + quad];`)}
        ${each(rows, columns, (r, c) => `s${r}_${c} += dot(a${r}, b${c});`)}`;
}
