import type { NetworkSpec } from '../compute.ts';

/**
 * What one call works on, in one buffer: a program of tfjs writes one output, and what it reads beside the parameters may lie in there, too. Each part is row-major
 * [rows, its columns] and starts at `workStart + rows × the columns before it`, which is what is kept here; the numbers are the same for any number of rows.
 */
export interface WorkLayout {
  readonly inputs: number;
  readonly scores: number;
  /** The activations of each hidden layer. */
  readonly hidden: readonly number[];
  /** Columns that a prediction needs. */
  readonly predictColumns: number;
  /** What a batch brings beside its inputs: one piece, in this order. */
  readonly weights: number;
  readonly targets: number;
  readonly masks: number;
  readonly logitTargets: number;
  readonly logitWeights: number;
  readonly losses: number;
  /** The derivative of the loss with respect to the scores, and to the sums of each hidden layer. */
  readonly scoreGradient: number;
  readonly hiddenGradients: readonly number[];
  readonly columns: number;
}

/** The first number of the buffer is 1, for the biases: they are weights of an input that is always 1. */
export const workStart = 4;

export function workLayout({ inputSize, hiddenSizes, outputSize }: NetworkSpec): WorkLayout {
  let columns = 0;
  const next = (width: number): number => {
    columns += width;
    return columns - width;
  };
  const [inputs, hidden, scores] = [next(inputSize), hiddenSizes.map(next), next(outputSize)];
  const predictColumns = columns;
  const weights = next(1);
  const [targets, masks, logitTargets, logitWeights] = [1, 2, 3, 4].map(() => next(outputSize)) as [
    number,
    number,
    number,
    number,
  ];
  const losses = next(1);
  const [scoreGradient, hiddenGradients] = [next(outputSize), hiddenSizes.map(next)];
  const labels = { weights, targets, masks, logitTargets, logitWeights };
  return { inputs, hidden, scores, predictColumns, ...labels, losses, scoreGradient, hiddenGradients, columns };
}

export function placeOf(before: number, rows: number): number {
  return workStart + rows * before;
}

/** Numbers of the buffer, rounded up to one of four lengths an octave: tfjs keeps every length that it was ever asked for. */
export function bucketLength(length: number): number {
  const grain = 2 ** Math.max(Math.floor(Math.log2(Math.max(length, 1))) - 2, 6);
  return Math.ceil(length / grain) * grain;
}
