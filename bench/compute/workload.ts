import { Rng } from '../../src/core/rng.ts';

/** Units of each layer, the inputs first and the outputs last; every layer between is rectified. */
export type Shape = readonly number[];

/** One dense layer: `x · kernel + bias`. */
export interface DenseLayer {
  readonly inputs: number;
  readonly units: number;
  /** Row-major [inputs, units]. */
  readonly kernel: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
}

export interface Rows {
  /** Row-major [rows, inputs]. */
  readonly inputs: Float32Array<ArrayBuffer>;
  /** Row-major [rows, outputs], one-hot. */
  readonly targets: Float32Array<ArrayBuffer>;
}

const SEED = 1;
/** Batches that training goes through again and again. */
export const BATCHES = 8;

export const nameOf = (shape: Shape): string => shape.join('-');
export const inputsOf = (shape: Shape): number => shape[0]!;
export const outputsOf = (shape: Shape): number => shape[shape.length - 1]!;

/** The weights that every contender starts with: uniform in ±√(6 / inputs) (He et al. 2015), biases of up to 0.1, so that no part of the network is idle. */
export function layersOf(shape: Shape): readonly DenseLayer[] {
  const rng = Rng.fromSeed(SEED);
  return shape.slice(1).map((units, index) => {
    const inputs = shape[index]!;
    const kernel = uniform(rng, inputs * units, Math.sqrt(6 / inputs));
    return { inputs, units, kernel, bias: uniform(rng, units, 0.1) };
  });
}

/** The batches that every contender learns: inputs in ±1, classes that a linear rule gives, so that there is something to learn. */
export function batchesOf(shape: Shape, rows: number): readonly Rows[] {
  const rng = Rng.fromSeed(SEED + 1);
  const [inputs, outputs] = [inputsOf(shape), outputsOf(shape)];
  const rule = uniform(rng, inputs * outputs, 1);
  return Array.from({ length: BATCHES }, () => {
    const values = uniform(rng, rows * inputs, 1);
    const targets = new Float32Array(rows * outputs);
    for (let row = 0; row < rows; row++) {
      const given = values.subarray(row * inputs, (row + 1) * inputs);
      targets[row * outputs + ruledClass(given, rule, outputs)] = 1;
    }
    return { inputs: values, targets };
  });
}

function ruledClass(inputs: Float32Array, rule: Float32Array, outputs: number): number {
  const votes = new Float64Array(outputs);
  inputs.forEach((value, i) => {
    for (let k = 0; k < outputs; k++) votes[k]! += value * rule[i * outputs + k]!;
  });
  return votes.indexOf(Math.max(...votes));
}

function uniform(rng: Rng, length: number, limit: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => (2 * rng.nextFloat() - 1) * limit);
}

/** Mean over rows of the softmax cross-entropy. @param scores row-major [rows, outputs], before the softmax */
export function crossEntropy(scores: ArrayLike<number>, targets: Float32Array, outputs: number): number {
  let total = 0;
  for (let start = 0; start < targets.length; start += outputs) {
    const row = Array.from({ length: outputs }, (_, k) => scores[start + k]!);
    const largest = Math.max(...row);
    const logTotal = Math.log(row.reduce((sum, score) => sum + Math.exp(score - largest), 0));
    row.forEach((score, k) => (total += targets[start + k]! * (logTotal - (score - largest))));
  }
  return total / (targets.length / outputs);
}
