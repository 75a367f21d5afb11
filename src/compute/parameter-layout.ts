import type { NetworkSpec } from './compute.ts';

/** Where each block of parameters starts in the flat vector; the order is documented at `NetworkState.parameters`. */
export interface ParameterLayout {
  /** [inputSize, outputSize] */
  readonly wideWeight: number;
  /** [outputSize] */
  readonly bias: number;
  /** [inputSize, hiddenSize] */
  readonly hiddenWeight: number;
  /** [hiddenSize] */
  readonly hiddenBias: number;
  /** [hiddenSize, outputSize] */
  readonly deepWeight: number;
  /** Number of parameters. */
  readonly size: number;
}

export function parameterLayout({ inputSize, hiddenSize, outputSize }: NetworkSpec): ParameterLayout {
  const bias = inputSize * outputSize;
  const hiddenWeight = bias + outputSize;
  const hiddenBias = hiddenWeight + inputSize * hiddenSize;
  const deepWeight = hiddenBias + hiddenSize;
  return { wideWeight: 0, bias, hiddenWeight, hiddenBias, deepWeight, size: deepWeight + hiddenSize * outputSize };
}
