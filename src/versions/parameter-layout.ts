import type { NetworkSpec } from '../compute/compute.ts';

export interface NamedSlice {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly length: number;
}

/** Names (PyTorch-like) and places of the weights in the flat parameter vector; kernels are [in, out], as in tfjs. */
export function parameterSlices(spec: NetworkSpec): NamedSlice[] {
  const shapes: [string, number[]][] = [
    ['wide.weight', [spec.inputSize, spec.outputSize]],
    ['bias', [spec.outputSize]],
  ];
  if (spec.hiddenSize > 0) {
    shapes.push(['hidden.weight', [spec.inputSize, spec.hiddenSize]]);
    shapes.push(['hidden.bias', [spec.hiddenSize]]);
    shapes.push(['deep.weight', [spec.hiddenSize, spec.outputSize]]);
  }
  let start = 0;
  return shapes.map(([name, shape]) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const slice = { name, shape, start, length };
    start += length;
    return slice;
  });
}
