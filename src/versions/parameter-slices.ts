import type { NetworkSpec } from '../compute/compute.ts';
import { parameterLayout } from '../compute/parameter-layout.ts';

export interface NamedSlice {
  readonly name: string;
  readonly shape: readonly number[];
  /** Place in the flat parameter vector. */
  readonly start: number;
  readonly length: number;
}

/** Names (PyTorch-like), shapes and places of the weights; kernels are [in, out], as in tfjs. */
export function parameterSlices(spec: NetworkSpec): NamedSlice[] {
  const { inputSize, hiddenSize, outputSize } = spec;
  const layout = parameterLayout(spec);
  const slice = (name: string, start: number, ...shape: number[]): NamedSlice => ({
    name,
    shape,
    start,
    length: shape.reduce((a, b) => a * b, 1),
  });
  const wide = [slice('wide.weight', layout.wideWeight, inputSize, outputSize), slice('bias', layout.bias, outputSize)];
  if (hiddenSize === 0) return wide;
  return [
    ...wide,
    slice('hidden.weight', layout.hiddenWeight, inputSize, hiddenSize),
    slice('hidden.bias', layout.hiddenBias, hiddenSize),
    slice('deep.weight', layout.deepWeight, hiddenSize, outputSize),
  ];
}
