import type { NetworkSpec } from './compute.ts';

/** Where one hidden layer has its parameters. */
export interface HiddenLayer {
  /** Units of the layer before it: `inputSize` for the first one. */
  readonly inputSize: number;
  readonly size: number;
  /** [inputSize, size] */
  readonly weight: number;
  /** [size] */
  readonly bias: number;
}

/** Where each block of parameters starts in the flat vector; the order is documented at `NetworkState.parameters`. */
export interface ParameterLayout {
  /** [inputSize, outputSize], or nothing: then it is where `bias` is. */
  readonly wideWeight: number;
  /** [outputSize] */
  readonly bias: number;
  readonly hidden: readonly HiddenLayer[];
  /** Units of the last hidden layer; 0 without one. */
  readonly lastSize: number;
  /** [lastSize, outputSize] */
  readonly deepWeight: number;
  /** Number of parameters. */
  readonly size: number;
}

export function parameterLayout({ inputSize, hiddenSizes, wide, outputSize }: NetworkSpec): ParameterLayout {
  const bias = wide ? inputSize * outputSize : 0;
  let end = bias + outputSize;
  let before = inputSize;
  const hidden = hiddenSizes.map((size): HiddenLayer => {
    const layer = { inputSize: before, size, weight: end, bias: end + before * size };
    end = layer.bias + size;
    before = size;
    return layer;
  });
  const lastSize = hidden.at(-1)?.size ?? 0;
  return { wideWeight: 0, bias, hidden, lastSize, deepWeight: end, size: end + lastSize * outputSize };
}

/** Number of entries of `NetworkState.parameters`. */
export function parameterCount(spec: NetworkSpec): number {
  return parameterLayout(spec).size;
}
