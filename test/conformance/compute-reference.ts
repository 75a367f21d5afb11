import { parameterLayout } from '../../src/compute/parameter-layout.ts';
import type { Anchor, Batch, NetworkSpec, NetworkState } from '../../src/compute/compute.ts';

/** The network written out in double precision, one number at a time, to hold the backends against. */

export function referenceScores(
  spec: NetworkSpec,
  parameters: ArrayLike<number>,
  inputs: Float32Array,
  rows: number,
): Float64Array {
  const { inputSize, hiddenSize, outputSize } = spec;
  const layout = parameterLayout(spec);
  const scores = new Float64Array(rows * outputSize);
  for (let row = 0; row < rows; row++) {
    const x = inputs.subarray(row * inputSize, (row + 1) * inputSize);
    const hidden = Array.from({ length: hiddenSize }, (_, unit) => {
      let sum = parameters[layout.hiddenBias + unit]!;
      x.forEach((value, i) => (sum += value * parameters[layout.hiddenWeight + i * hiddenSize + unit]!));
      return Math.max(sum, 0);
    });
    for (let output = 0; output < outputSize; output++) {
      let sum = parameters[layout.bias + output]!;
      x.forEach((value, i) => (sum += value * parameters[layout.wideWeight + i * outputSize + output]!));
      hidden.forEach((value, unit) => (sum += value * parameters[layout.deepWeight + unit * outputSize + output]!));
      scores[row * outputSize + output] = sum;
    }
  }
  return scores;
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

/** [rows, hiddenSize] */
export function referenceHidden(
  spec: NetworkSpec,
  parameters: ArrayLike<number>,
  inputs: Float32Array,
  rows: number,
): Float64Array {
  const { inputSize, hiddenSize } = spec;
  const { hiddenWeight, hiddenBias } = parameterLayout(spec);
  return Float64Array.from({ length: rows * hiddenSize }, (_, place) => {
    const [row, unit] = [Math.floor(place / hiddenSize), place % hiddenSize];
    let sum = parameters[hiddenBias + unit]!;
    for (let i = 0; i < inputSize; i++)
      sum += inputs[row * inputSize + i]! * parameters[hiddenWeight + i * hiddenSize + unit]!;
    return Math.max(sum, 0);
  });
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
  const { learningRate, beta2, epsilon } = spec.optimizer;
  return referenceStep(spec, state, gradient).map((moved, i) => {
    const second = beta2 * state.secondMoment[i]! + (1 - beta2) * gradient[i]! ** 2;
    const precision = (Math.sqrt(second / (1 - beta2 ** (state.step + 1))) + epsilon) / learningRate;
    return (anchor.importance[i]! * anchor.parameters[i]! + precision * moved) / (anchor.importance[i]! + precision);
  });
}

/** One AdamW step as the papers write it, in double precision. */
export function referenceStep(spec: NetworkSpec, state: NetworkState, gradient: ArrayLike<number>): Float64Array {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = spec.optimizer;
  const step = state.step + 1;
  return Float64Array.from(state.parameters, (parameter, i) => {
    const first = beta1 * state.firstMoment[i]! + (1 - beta1) * gradient[i]!;
    const second = beta2 * state.secondMoment[i]! + (1 - beta2) * gradient[i]! ** 2;
    const correctedFirst = first / (1 - beta1 ** step);
    const correctedSecond = second / (1 - beta2 ** step);
    return (
      parameter - learningRate * (correctedFirst / (Math.sqrt(correctedSecond) + epsilon) + weightDecay * parameter)
    );
  });
}
