import type { OptimizerSpec } from '../compute.ts';
import { blockFields } from './parameter-blocks.ts';
import { floats, integers, type FusedProgram } from './programs.ts';
import { eachResult, lanes, tileKey, type Tile } from './tile.ts';
import { each, list, unrolled } from './wgsl.ts';
import { workStart } from './work-layout.ts';

/** What becomes of a parameter's gradient `slope`; `place` is where the parameter lies in `result`. */
interface Finish {
  readonly key: string;
  readonly inputs?: readonly string[];
  readonly uniforms?: FusedProgram['uniforms'];
  readonly code: string;
  /** What one more workgroup does at the end. */
  readonly afterwards?: string;
}

/** The flat gradient, or with `squared` the sum of the squares of the rows' gradients, in a buffer of its own. */
export function gradientProgram(tile: Tile, squared: boolean): FusedProgram {
  return updateProgram(
    tile,
    { key: squared ? 'squared_gradient' : 'gradient', code: 'result[place] = slope;' },
    squared,
  );
}

/**
 * Gradient and optimizer step of every parameter in one, and the batch's loss. `result` holds the parameters, then the moments that the optimizer has, then the loss.
 * The arithmetic is that of cpu/optimizer-step.ts. With an anchor its proximal step follows; `anchor` holds the importances, then the parameters to stay near.
 */
export function stepProgram(
  tile: Tile,
  kind: OptimizerSpec['kind'],
  hasMomentum: boolean,
  hasAnchor: boolean,
): FusedProgram {
  const { uniforms, code, divisor } = optimizerCode(kind, hasMomentum);
  const towardsAnchor = `
    let pull = uniforms.learningRate * anchor[place];
    moved += pull / (pull + ${divisor}) * (anchor[uniforms.size + place] - moved);`;
  return updateProgram(tile, {
    key: `step_${kind}${hasMomentum ? '_momentum' : ''}${hasAnchor ? '_anchor' : ''}`,
    inputs: hasAnchor ? ['anchor'] : [],
    uniforms: [...integers('size', 'losses', 'loss'), ...floats('learningRate', 'decay', ...uniforms)],
    code: `${code} ${hasAnchor ? towardsAnchor : ''} result[place] = moved;`,
    afterwards: `
    var total = 0.0;
    for (var row = 0; row < uniforms.rows; row++) { total += work[uniforms.losses + row]; }
    result[uniforms.loss] = total / f32(uniforms.rows);`,
  });
}

/**
 * How each optimizer moves a parameter, and what it divides the learning rate by. `share1` is 1 − beta1 and `share2` 1 − beta2, which lose digits when they are
 * subtracted in single precision.
 */
function optimizerCode(
  kind: OptimizerSpec['kind'],
  hasMomentum: boolean,
): { uniforms: string[]; code: string; divisor: string } {
  switch (kind) {
    case 'adam':
      return {
        uniforms: ['beta1', 'share1', 'beta2', 'share2', 'epsilon', 'stepSize', 'rootCorrection'],
        code: `
    let first = uniforms.beta1 * result[uniforms.size + place] + uniforms.share1 * slope;
    let second = uniforms.beta2 * result[2 * uniforms.size + place] + uniforms.share2 * slope * slope;
    result[uniforms.size + place] = first;
    result[2 * uniforms.size + place] = second;
    let divisor = sqrt(second) * uniforms.rootCorrection + uniforms.epsilon;
    var moved = uniforms.decay * result[place] - uniforms.stepSize * first / divisor;`,
        divisor: 'divisor',
      };
    case 'sgd':
      return {
        uniforms: hasMomentum ? ['momentum'] : [],
        code: hasMomentum
          ? `
    let velocity = uniforms.momentum * result[uniforms.size + place] + slope;
    result[uniforms.size + place] = velocity;
    var moved = uniforms.decay * result[place] - uniforms.learningRate * velocity;`
          : 'var moved = uniforms.decay * result[place] - uniforms.learningRate * slope;',
        divisor: '1.0',
      };
    case 'adagrad':
      return {
        uniforms: ['epsilon'],
        code: `
    let sum = result[uniforms.size + place] + slope * slope;
    result[uniforms.size + place] = sum;
    let divisor = sqrt(sum) + uniforms.epsilon;
    var moved = uniforms.decay * result[place] - uniforms.learningRate * slope / divisor;`,
        divisor: 'divisor',
      };
  }
}

/** Each workgroup sums the gradients of one tile of a block over the rows of the batch; see parameterBlocks for the table in `blocks`. */
function updateProgram(tile: Tile, finish: Finish, squared = false): FusedProgram {
  const { rows, columns, rowThreads, unroll } = tile;
  const { key, inputs = [], uniforms = [], code, afterwards = '' } = finish;
  const product = (c: number, r: number): string =>
    squared ? `{ let each = a${c} * b${r}; s${r}_${c} += each * each; }` : `s${r}_${c} += a${c} * b${r};`;
  const row = `{
      ${list(columns, (c) => `let a${c} = work[x${c}]; x${c} += dx${c};`)}
      ${list(rows, (r) => `let b${r} = work[y${r}]; y${r} += dy${r};`)}
      ${each(rows, columns, (r, c) => product(c, r))}
    }`;
  return {
    key: `${key}_${tileKey(tile)}`,
    inputs: ['work', 'blocks', ...inputs],
    uniforms: [...integers('rows', 'blockCount', 'tiles'), ...uniforms],
    workgroupSize: lanes * rowThreads,
    declarations: `fn finish(place : i32, slope : f32) { ${code} }`,
    code: `
    if (group >= uniforms.tiles) {
      if (group == uniforms.tiles && local == 0) { ${afterwards} }
      return;
    }
    var block = 0;
    for (var next = 1; next < uniforms.blockCount; next++) {
      if (group >= blocks[next * ${blockFields}]) { block = next; }
    }
    let at = block * ${blockFields};
    let tile = group - blocks[at];
    let across = blocks[at + 1];
    let start = blocks[at + 2];
    ${side('column', 3, '< 0')} ${side('row', 6, '> 0')}
    let column = (tile % across) * ${lanes * columns} + local % ${lanes};
    let row = (tile / across) * ${rowThreads * rows} + (local / ${lanes}) * ${rows};
    ${list(columns, (c) => address('x', c, `column + ${c * lanes}`, 'column'))}
    ${list(rows, (r) => address('y', r, `row + ${r}`, 'row'))}
    ${each(rows, columns, (r, c) => `var s${r}_${c} = 0.0;`)}
    var count = 0;
    ${unrolled(unroll, 'count', 'uniforms.rows', (steps) => list(steps, () => row))}
    ${eachResult(
      tile,
      (sum, r, c) => `if (column + ${c} < columnSize && row + ${r} < rowSize) {
      finish(start + (column + ${c}) * columnStep + (row + ${r}) * rowStep, ${sum});
    }`,
    )}`,
  };
}

/** One side of the block: where its matrix starts, its columns, how far apart its parameters are, and how many: on the side of the biases one more than columns. */
function side(name: string, field: number, hasBiases: string): string {
  return `
    let ${name}Start = ${workStart} + uniforms.rows * blocks[at + ${field}];
    let ${name}Width = blocks[at + ${field + 1}];
    let ${name}Step = blocks[at + ${field + 2}];
    let ${name}Size = ${name}Width + select(0, 1, blocks[at + 9] ${hasBiases});`;
}

/** Beside the matrix there is the constant 1 that the work buffer starts with, the same for every row. */
function address(name: string, i: number, column: string, sideName: string): string {
  return `
    let inside${name}${i} = ${column} < ${sideName}Width;
    var ${name}${i} = select(0, ${sideName}Start + ${column}, inside${name}${i});
    let d${name}${i} = select(0, ${sideName}Width, inside${name}${i});`;
}
