import type { NetworkLoss } from '../compute.ts';
import { integers, type FusedProgram } from './programs.ts';

const threads = 64;

/** The loss of one output and its derivative, given `score` and `expected` and, for the softmax, what the whole row gives. */
const lossCode: Record<NetworkLoss, { row: string; loss: string; derivative: string }> = {
  'softmax-cross-entropy': {
    row: `
    var largest = -3.4e38;
    for (var k = lane; k < size; k += lanes) {
      if (result[masks + k] > 0.0) { largest = max(largest, result[scores + k]); }
    }
    largest = largestInRow(largest, local);
    var total = 0.0;
    var targetTotal = 0.0;
    for (var k = lane; k < size; k += lanes) {
      if (result[masks + k] > 0.0) {
        total += exp(result[scores + k] - largest);
        targetTotal += result[targets + k];
      }
    }
    total = sumInRow(total, local);
    targetTotal = sumInRow(targetTotal, local);
    let logTotal = log(total);`,
    loss: 'expected * (logTotal - (score - largest))',
    derivative: 'targetTotal * exp(score - largest) / total - expected',
  },
  logistic: {
    row: '',
    loss: 'max(score, 0.0) - score * expected + log(1.0 + exp(-abs(score)))',
    derivative: 'select(exp(score) / (1.0 + exp(score)), 1.0 / (1.0 + exp(-score)), score >= 0.0) - expected',
  },
  squared: { row: '', loss: '0.5 * (score - expected) * (score - expected)', derivative: 'score - expected' },
};

/** Adds the squared distance to a logit target and its derivative. */
const towardsLogits = `
      let pull = result[logitWeights + k];
      if (pull > 0.0) {
        let distance = score - result[logitTargets + k];
        slope += pull * distance / f32(uniforms.rows);
        loss += 0.5 * pull * distance * distance;
      }`;

/**
 * The derivative of the batch's loss with respect to its scores, and the loss of each row, not yet divided by the number of rows; all in `result`, [rows, size]
 * each at the offsets that the uniforms name. A power of two of threads (`lanes`, at most 64) shares a row.
 */
export function lossProgram(loss: NetworkLoss, hasLogits: boolean): FusedProgram {
  const { row, loss: rowLoss, derivative } = lossCode[loss];
  const logits = hasLogits ? ['logitTargets', 'logitWeights'] : [];
  const places = ['scores', 'targets', 'masks', 'slopes', ...logits];
  return {
    key: `loss_${loss}${hasLogits ? '_logits' : ''}`,
    inputs: [],
    uniforms: integers('rows', 'size', 'lanes', 'weights', 'losses', ...places),
    workgroupSize: threads,
    declarations: `${reduction('sumInRow', 'rowSums[local] + rowSums[local + step]')}
      ${row ? reduction('largestInRow', 'max(rowSums[local], rowSums[local + step])') : ''}
      var<workgroup> rowSums : array<f32, ${threads}>;`,
    code: `
    let size = uniforms.size;
    let lanes = uniforms.lanes;
    let lane = local % lanes;
    let ownRow = group * (${threads} / lanes) + local / lanes;
    let row = min(ownRow, uniforms.rows - 1);
    ${places.map((place) => `let ${place} = uniforms.${place} + row * size;`).join(' ')}
    let weight = result[uniforms.weights + row];
    let scale = weight / f32(uniforms.rows);
    ${row}
    var rowLoss = 0.0;
    for (var k = lane; k < size; k += lanes) {
      let score = result[scores + k];
      let expected = result[targets + k];
      var slope = 0.0;
      var loss = 0.0;
      if (result[masks + k] > 0.0 && weight > 0.0) {
        slope = scale * (${derivative});
        loss = weight * (${rowLoss});
      }
      ${hasLogits ? towardsLogits : ''}
      rowLoss += loss;
      if (ownRow < uniforms.rows) { result[slopes + k] = slope; }
    }
    rowLoss = sumInRow(rowLoss, local);
    if (lane == 0 && ownRow < uniforms.rows) { result[uniforms.losses + row] = rowLoss; }`,
  };
}

/** Threads for each row: rows of few outputs are short enough for one, which spares the barriers. */
export function lanesFor(outputSize: number): number {
  return outputSize <= 16 ? 1 : Math.min(2 ** Math.ceil(Math.log2(outputSize / 4)), threads);
}

export function lossGroups(rows: number, lanes: number): number {
  return Math.ceil(rows / (threads / lanes));
}

/** Joins one value of each of a row's threads; all of them get the result. */
function reduction(name: string, joined: string): string {
  return `
    fn ${name}(value : f32, local : i32) -> f32 {
      if (uniforms.lanes == 1) { return value; }
      workgroupBarrier();
      rowSums[local] = value;
      for (var step = uniforms.lanes / 2; step > 0; step /= 2) {
        workgroupBarrier();
        if (local % uniforms.lanes < step) { rowSums[local] = ${joined}; }
      }
      workgroupBarrier();
      return rowSums[local - local % uniforms.lanes];
    }`;
}
