import { parameterLayout } from '../../src/compute/parameter-layout.ts';
import type { Anchor, Batch, NetworkSpec, NetworkState, OptimizerSpec } from '../../src/compute/compute.ts';

/** The network written out in double precision, one number at a time, to hold the backends against. */

export function referenceScores(
  spec: NetworkSpec,
  parameters: ArrayLike<number>,
  inputs: Float32Array,
  rows: number,
): Float64Array {
  const { inputSize, outputSize, wide } = spec;
  const { wideWeight, bias, deepWeight, lastSize } = parameterLayout(spec);
  const last = referenceHidden(spec, parameters, inputs, rows);
  return Float64Array.from({ length: rows * outputSize }, (_, place) => {
    const [row, output] = [Math.floor(place / outputSize), place % outputSize];
    const x = inputs.subarray(row * inputSize, (row + 1) * inputSize);
    const above = last.subarray(row * lastSize, (row + 1) * lastSize);
    const direct = wide ? dot(x, parameters, wideWeight + output, outputSize) : 0;
    return parameters[bias + output]! + direct + dot(above, parameters, deepWeight + output, outputSize);
  });
}

/** [rows, units of the last hidden layer] */
export function referenceHidden(
  spec: NetworkSpec,
  parameters: ArrayLike<number>,
  inputs: Float32Array,
  rows: number,
): Float64Array {
  const { hidden, lastSize } = parameterLayout(spec);
  let below = Float64Array.from(inputs);
  for (const { inputSize, size, weight, bias } of hidden) {
    below = Float64Array.from({ length: rows * size }, (_, place) => {
      const [row, unit] = [Math.floor(place / size), place % size];
      const x = below.subarray(row * inputSize, (row + 1) * inputSize);
      return Math.max(parameters[bias + unit]! + dot(x, parameters, weight + unit, size), 0);
    });
  }
  return lastSize > 0 ? below : new Float64Array(0);
}

/** Σ values[i] · weights[start + i stride] */
function dot(values: Float32Array | Float64Array, weights: ArrayLike<number>, start: number, stride: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * weights[start + i * stride]!;
  return sum;
}

export function referenceLoss(spec: NetworkSpec, parameters: ArrayLike<number>, batch: Batch): number {
  const { outputSize } = spec;
  const rows = batch.weights.length;
  const scores = referenceScores(spec, parameters, batch.inputs, rows);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const { logits, rowMask } = batch;
    const outputs = Array.from(batch.outputMask.keys()).filter((k) => batch.outputMask[k] === 1);
    const inUse = outputs.filter((k) => rowMask?.[row * outputSize + k] !== 0);
    const score = (k: number): number => scores[row * outputSize + k]!;
    const target = (k: number): number => batch.targets[row * outputSize + k]!;
    const logTotal = Math.log(inUse.reduce((sum, k) => sum + Math.exp(score(k)), 0));
    for (const k of inUse) {
      const terms = {
        'softmax-cross-entropy': () => target(k) * (logTotal - score(k)),
        logistic: () => Math.log(1 + Math.exp(score(k))) - target(k) * score(k),
        squared: () => 0.5 * (score(k) - target(k)) ** 2,
      };
      total += batch.weights[row]! * terms[spec.loss]();
    }
    for (const k of logits ? outputs : []) {
      const place = row * outputSize + k;
      total += 0.5 * logits!.weights[place]! * (score(k) - logits!.targets[place]!) ** 2;
    }
  }
  return total / rows;
}

/** Central difference of {@link referenceLoss} with respect to one parameter. */
export function referenceSlope(spec: NetworkSpec, parameters: ArrayLike<number>, batch: Batch, index: number): number {
  const step = 1e-5;
  const moved = Float64Array.from(parameters);
  const centre = moved[index]!;
  moved[index] = centre + step;
  const above = referenceLoss(spec, moved, batch);
  moved[index] = centre - step;
  return (above - referenceLoss(spec, moved, batch)) / (2 * step);
}

/** Σ over rows of the square of the {@link referenceSlope} of a batch of that row alone. */
export function referenceSquaredSlope(
  spec: NetworkSpec,
  parameters: ArrayLike<number>,
  batch: Batch,
  index: number,
): number {
  const rows = batch.weights.length;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const only = (values: Float32Array): Float32Array => {
      const width = values.length / rows;
      return values.slice(row * width, (row + 1) * width);
    };
    const { inputs, targets, weights, rowMask, logits, outputMask } = batch;
    const alone = {
      ...{ inputs: only(inputs), targets: only(targets), weights: only(weights), outputMask },
      ...(rowMask && { rowMask: only(rowMask) }),
      ...(logits && { logits: { targets: only(logits.targets), weights: only(logits.weights) } }),
    };
    total += referenceSlope(spec, parameters, alone, index) ** 2;
  }
  return total;
}

/** Where {@link referenceStep} ends with an anchor: the least of ½ importance (θ − anchor)² + (θ − moved)² / (2 s), found from its derivative. */
export function referenceAnchoredStep(
  spec: NetworkSpec,
  state: NetworkState,
  gradient: ArrayLike<number>,
  anchor: Anchor,
): Float64Array {
  return referenceStep(spec, state, gradient).map((moved, i) => {
    const precision = 1 / stepSize(spec.optimizer, state, gradient[i]!, i);
    return (anchor.importance[i]! * anchor.parameters[i]! + precision * moved) / (anchor.importance[i]! + precision);
  });
}

/** What the optimizer multiplies a slope of this parameter with, momentum and bias corrections of the first moment aside. */
function stepSize(optimizer: OptimizerSpec, state: NetworkState, slope: number, i: number): number {
  switch (optimizer.kind) {
    case 'adam': {
      const { beta2, epsilon, learningRate } = optimizer;
      const second = beta2 * state.secondMoment[i]! + (1 - beta2) * slope ** 2;
      return learningRate / (Math.sqrt(second / (1 - beta2 ** (state.step + 1))) + epsilon);
    }
    case 'sgd':
      return optimizer.learningRate;
    case 'adagrad':
      return optimizer.learningRate / (Math.sqrt(state.secondMoment[i]! + slope ** 2) + optimizer.epsilon);
  }
}

/** The parameters after one step as the papers write it, in double precision. */
export function referenceStep(spec: NetworkSpec, state: NetworkState, gradient: ArrayLike<number>): Float64Array {
  const { optimizer } = spec;
  const { learningRate, weightDecay } = optimizer;
  return Float64Array.from(state.parameters, (parameter, i) => {
    const move = direction(optimizer, state, gradient[i]!, i);
    const size = stepSize(optimizer, state, gradient[i]!, i);
    return parameter - size * move - learningRate * weightDecay * parameter;
  });
}

/** What {@link stepSize} is multiplied with. */
function direction(optimizer: OptimizerSpec, state: NetworkState, slope: number, i: number): number {
  switch (optimizer.kind) {
    case 'adam': {
      const { beta1 } = optimizer;
      return (beta1 * state.firstMoment[i]! + (1 - beta1) * slope) / (1 - beta1 ** (state.step + 1));
    }
    case 'sgd':
      return optimizer.momentum > 0 ? optimizer.momentum * state.firstMoment[i]! + slope : slope;
    case 'adagrad':
      return slope;
  }
}

/** The moments after one step; empty where the optimizer has none. */
export function referenceMoments(
  { optimizer }: NetworkSpec,
  { firstMoment, secondMoment }: NetworkState,
  gradient: ArrayLike<number>,
): { firstMoment: Float64Array; secondMoment: Float64Array } {
  const next = (moment: Float32Array, kept: number, added: (slope: number) => number): Float64Array =>
    Float64Array.from(moment, (value, i) => kept * value + added(gradient[i]!));
  switch (optimizer.kind) {
    case 'adam': {
      const { beta1, beta2 } = optimizer;
      return {
        firstMoment: next(firstMoment, beta1, (slope) => (1 - beta1) * slope),
        secondMoment: next(secondMoment, beta2, (slope) => (1 - beta2) * slope ** 2),
      };
    }
    case 'sgd':
      return {
        firstMoment: next(firstMoment, optimizer.momentum, (slope) => slope),
        secondMoment: new Float64Array(0),
      };
    case 'adagrad':
      return { firstMoment: new Float64Array(0), secondMoment: next(secondMoment, 1, (slope) => slope ** 2) };
  }
}
