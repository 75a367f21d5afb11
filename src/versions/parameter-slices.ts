import type { NetworkSpec } from '../compute/compute.ts';
import { parameterLayout } from '../compute/parameter-layout.ts';

export interface NamedSlice {
  readonly name: string;
  readonly shape: readonly number[];
  /** Place in the flat parameter vector. */
  readonly start: number;
  readonly length: number;
}

/** Names (PyTorch-like; hidden layers are numbered where there are several), shapes and places of the weights; kernels are [in, out], as in tfjs. */
export function parameterSlices(spec: NetworkSpec): NamedSlice[] {
  const { inputSize, outputSize, wide } = spec;
  const { wideWeight, bias, hidden, lastSize, deepWeight } = parameterLayout(spec);
  const slice = (name: string, start: number, ...shape: number[]): NamedSlice => ({
    name,
    shape,
    start,
    length: shape.reduce((a, b) => a * b, 1),
  });
  const layers = hidden.flatMap((layer, index) => {
    const name = hidden.length > 1 ? `hidden${index}` : 'hidden';
    return [
      slice(`${name}.weight`, layer.weight, layer.inputSize, layer.size),
      slice(`${name}.bias`, layer.bias, layer.size),
    ];
  });
  return [
    ...(wide ? [slice('wide.weight', wideWeight, inputSize, outputSize)] : []),
    slice('bias', bias, outputSize),
    ...layers,
    ...(lastSize > 0 ? [slice('deep.weight', deepWeight, lastSize, outputSize)] : []),
  ];
}
