import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu/dist/webgpu_program.js';
import type { NetworkLoss } from './compute.ts';

/** A fused WebGPU kernel in tfjs's form, over flat tensors; `uniforms` are set by name when it runs. */
export interface FusedProgram {
  readonly key: string;
  readonly inputs: readonly string[];
  readonly uniforms: readonly Uniform[];
  /** WGSL of `fn main(index: i32)`, run for each index below `uniforms.threads`; `result` is the output buffer. */
  readonly code: string;
}

export interface Uniform {
  readonly name: string;
  readonly type: 'int32' | 'float32';
}

const workgroupSize = 64;
const integers = (...names: string[]): Uniform[] => names.map((name) => ({ name, type: 'int32' }));
const floats = (...names: string[]): Uniform[] => names.map((name) => ({ name, type: 'float32' }));

/**
 * A fresh program object for one run: tfjs writes the final shader key and the pipeline into the object.
 * @param threads how many indices `main` runs for: fewer than outputs where one index does a whole row
 */
export function toWebGpuProgram(program: FusedProgram, outputLength: number, threads: number): WebGPUProgram {
  return {
    variableNames: [...program.inputs],
    uniforms: program.uniforms.map(({ name, type }) => `${name} : ${type === 'int32' ? 'i32' : 'f32'}, `).join(''),
    shaderKey: `tendril_${program.key}`,
    outputShape: [outputLength],
    workgroupSize: [workgroupSize, 1, 1],
    dispatchLayout: { x: [0] },
    dispatch: [Math.ceil(threads / workgroupSize), 1, 1],
    getUserCode: () => `fn main(index : i32) { if (index < uniforms.threads) { ${program.code} } }`,
  };
}

/** hidden = relu(inputs·H + h); one thread per hidden activation. */
export const hiddenProgram: FusedProgram = {
  key: 'hidden',
  inputs: ['inputs', 'parameters'],
  uniforms: integers('threads', 'inputSize', 'hiddenSize', 'hiddenWeight', 'hiddenBias'),
  code: `
    let row = index / uniforms.hiddenSize;
    let unit = index % uniforms.hiddenSize;
    var sum = parameters[uniforms.hiddenBias + unit];
    for (var i = 0; i < uniforms.inputSize; i++) {
      sum += inputs[row * uniforms.inputSize + i] * parameters[uniforms.hiddenWeight + i * uniforms.hiddenSize + unit];
    }
    result[index] = max(sum, 0.0);`,
};

/** scores = inputs·W + b, plus hidden·V where there is a hidden layer; one thread per score. */
export function scoresProgram(hasHidden: boolean): FusedProgram {
  const deep = `
    for (var j = 0; j < uniforms.hiddenSize; j++) {
      sum += hidden[row * uniforms.hiddenSize + j] * parameters[uniforms.deepWeight + j * uniforms.outputSize + output];
    }`;
  return {
    key: hasHidden ? 'scores_deep' : 'scores_wide',
    inputs: hasHidden ? ['inputs', 'parameters', 'hidden'] : ['inputs', 'parameters'],
    uniforms: integers('threads', 'inputSize', 'hiddenSize', 'outputSize', 'bias', 'deepWeight'),
    code: `
    let row = index / uniforms.outputSize;
    let output = index % uniforms.outputSize;
    var sum = parameters[uniforms.bias + output];
    for (var i = 0; i < uniforms.inputSize; i++) {
      sum += inputs[row * uniforms.inputSize + i] * parameters[i * uniforms.outputSize + output];
    }
    ${hasHidden ? deep : ''}
    result[index] = sum;`,
  };
}

/** Derivative with respect to one score, given `score`, `expected` and what `beforeRow` made available. */
const lossCode: Record<NetworkLoss, { beforeRow: string; derivative: string }> = {
  'softmax-cross-entropy': {
    beforeRow: `
    var largest = -3.4e38;
    for (var k = 0; k < uniforms.outputSize; k++) {
      if (labels[mask + k] > 0.0) { largest = max(largest, scores[start + k]); }
    }
    var total = 0.0;
    var targetTotal = 0.0;
    for (var k = 0; k < uniforms.outputSize; k++) {
      if (labels[mask + k] > 0.0) {
        total += exp(scores[start + k] - largest);
        targetTotal += labels[start + k];
      }
    }`,
    derivative: 'targetTotal * exp(score - largest) / total - expected',
  },
  logistic: {
    beforeRow: '',
    derivative: 'select(exp(score) / (1.0 + exp(score)), 1.0 / (1.0 + exp(-score)), score >= 0.0) - expected',
  },
  squared: { beforeRow: '', derivative: 'score - expected' },
};

/** Adds the derivative of the squared distance to a logit target. */
const towardsLogits = `
      let pull = labels[mask + 2 * size + k];
      if (pull > 0.0) { slope += pull * (score - labels[mask + size + k]) / f32(uniforms.batchSize); }`;

/**
 * Derivative of the batch's loss with respect to its scores; one thread per row.
 * `labels` holds the targets, then the row weights, then the mask of each row and, with logit targets, those and their weights.
 */
export function lossGradientProgram(loss: NetworkLoss, hasLogits: boolean): FusedProgram {
  const { beforeRow, derivative } = lossCode[loss];
  return {
    key: `loss_${loss}${hasLogits ? '_logits' : ''}`,
    inputs: ['scores', 'labels'],
    uniforms: integers('threads', 'outputSize', 'batchSize'),
    code: `
    let start = index * uniforms.outputSize;
    let size = uniforms.batchSize * uniforms.outputSize;
    let mask = size + uniforms.batchSize + start;
    let weight = labels[size + index];
    let scale = weight / f32(uniforms.batchSize);
    ${beforeRow}
    for (var k = 0; k < uniforms.outputSize; k++) {
      let score = scores[start + k];
      let expected = labels[start + k];
      var slope = 0.0;
      if (labels[mask + k] > 0.0 && weight > 0.0) { slope = scale * (${derivative}); }
      ${hasLogits ? towardsLogits : ''}
      result[start + k] = slope;
    }`,
  };
}

/** Derivative with respect to the hidden sums: (scoreGradient·Vᵀ) where the unit was active; one thread per activation. */
export const hiddenGradientProgram: FusedProgram = {
  key: 'hidden_gradient',
  inputs: ['scoreGradient', 'parameters', 'hidden'],
  uniforms: integers('threads', 'hiddenSize', 'outputSize', 'deepWeight'),
  code: `
    let row = index / uniforms.hiddenSize;
    let unit = index % uniforms.hiddenSize;
    var sum = 0.0;
    if (hidden[index] > 0.0) {
      for (var k = 0; k < uniforms.outputSize; k++) {
        sum += scoreGradient[row * uniforms.outputSize + k] * parameters[uniforms.deepWeight + unit * uniforms.outputSize + k];
      }
    }
    result[index] = sum;`,
};

/** WGSL that sums one parameter's gradient, or the squares of its rows' gradients, over the rows of the batch into `slope`. */
function slopeCode(hasHidden: boolean, squared = false): string {
  const sumRows = (left: string, right: string): string =>
    `for (var row = 0; row < uniforms.batchSize; row++) {
      let each = ${left}${right};
      slope += each${squared ? ' * each' : ''};
    }`;
  const input = 'inputs[row * uniforms.inputSize + place / columns] * ';
  const ofScore = 'scoreGradient[row * uniforms.outputSize + place % uniforms.outputSize]';
  const ofHidden = 'hiddenGradient[row * uniforms.hiddenSize + place % uniforms.hiddenSize]';
  const activation = 'hidden[row * uniforms.hiddenSize + place / columns] * ';
  const hiddenBlocks = `
    else if (index < uniforms.hiddenBias) {
      let place = index - uniforms.hiddenWeight; let columns = uniforms.hiddenSize; ${sumRows(input, ofHidden)}
    } else if (index < uniforms.deepWeight) {
      let place = index - uniforms.hiddenBias; ${sumRows('', ofHidden)}
    } else {
      let place = index - uniforms.deepWeight; let columns = uniforms.outputSize; ${sumRows(activation, ofScore)}
    }`;
  return `
    var slope = 0.0;
    if (index < uniforms.bias) {
      let place = index; let columns = uniforms.outputSize; ${sumRows(input, ofScore)}
    } else if (index < uniforms.hiddenWeight) {
      let place = index - uniforms.bias; ${sumRows('', ofScore)}
    }${hasHidden ? hiddenBlocks : ''}`;
}

const slopeUniforms = integers(
  'threads',
  'inputSize',
  'hiddenSize',
  'outputSize',
  'batchSize',
  'bias',
  'hiddenWeight',
  'hiddenBias',
  'deepWeight',
);
const slopeInputs = (hasHidden: boolean): string[] =>
  hasHidden ? ['inputs', 'scoreGradient', 'hidden', 'hiddenGradient'] : ['inputs', 'scoreGradient'];

/** The flat gradient, or the sum of the squares of the rows' gradients; one thread per parameter. */
export function gradientProgram(hasHidden: boolean, squared: boolean): FusedProgram {
  return {
    key: `${squared ? 'squared_' : ''}gradient_${hasHidden ? 'deep' : 'wide'}`,
    inputs: slopeInputs(hasHidden),
    uniforms: slopeUniforms,
    code: `${slopeCode(hasHidden, squared)}
    result[index] = slope;`,
  };
}

/**
 * Gradient and AdamW step in one; one thread per parameter. `state` and the output hold the parameters, then the first,
 * then the second moment: a tfjs program has one output. The arithmetic is that of optimizers.ts; `share1` is 1 − beta1 and
 * `share2` 1 − beta2, which lose digits when they are subtracted in single precision. With an anchor its proximal step follows; `anchor` holds the
 * importances, then the parameters to stay near.
 */
export function adamProgram(hasHidden: boolean, hasAnchor: boolean): FusedProgram {
  const towardsAnchor = `
    let pull = uniforms.learningRate * anchor[index];
    let share = pull / (pull + sqrt(second) * uniforms.rootCorrection + uniforms.epsilon);
    result[index] = moved + share * (anchor[count + index] - moved);`;
  return {
    key: `adam_${hasHidden ? 'deep' : 'wide'}${hasAnchor ? '_anchor' : ''}`,
    inputs: ['state', ...slopeInputs(hasHidden), ...(hasAnchor ? ['anchor'] : [])],
    uniforms: [
      ...slopeUniforms,
      ...floats('beta1', 'share1', 'beta2', 'share2', 'epsilon', 'stepSize', 'rootCorrection', 'decay'),
      ...(hasAnchor ? floats('learningRate') : []),
    ],
    code: `${slopeCode(hasHidden)}
    let count = uniforms.threads;
    let first = uniforms.beta1 * state[count + index] + uniforms.share1 * slope;
    let second = uniforms.beta2 * state[2 * count + index] + uniforms.share2 * slope * slope;
    result[count + index] = first;
    result[2 * count + index] = second;
    let moved = uniforms.decay * state[index]
      - uniforms.stepSize * first / (sqrt(second) * uniforms.rootCorrection + uniforms.epsilon);
    ${hasAnchor ? towardsAnchor : 'result[index] = moved;'}`,
  };
}
