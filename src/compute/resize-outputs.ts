import type { NetworkSpec, NetworkState } from './compute.ts';
import { parameterLayout } from './parameter-layout.ts';

/**
 * The same network with more outputs: what was learned, moments included, is kept, and the new outputs start at zero.
 * @param outputSize at least `spec.outputSize`
 */
export function resizeOutputs(
  spec: NetworkSpec,
  state: NetworkState,
  outputSize: number,
): { spec: NetworkSpec; state: NetworkState } {
  if (outputSize < spec.outputSize)
    throw new RangeError(`Cannot shrink from ${spec.outputSize} to ${outputSize} outputs`);
  const wider = { ...spec, outputSize };
  const widen = (vector: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> =>
    vector.length > 0 ? widenOutputs(spec, vector, outputSize) : vector;
  return {
    spec: wider,
    state: {
      parameters: widen(state.parameters),
      firstMoment: widen(state.firstMoment),
      secondMoment: widen(state.secondMoment),
      step: state.step,
    },
  };
}

/** A vector that is laid out as the parameters of `from`, for the same network with `outputSize` outputs; 0 for those of the new outputs. */
export function widenOutputs(from: NetworkSpec, vector: Float32Array, outputSize: number): Float32Array<ArrayBuffer> {
  const to = { ...from, outputSize };
  const source = parameterLayout(from);
  const target = parameterLayout(to);
  const widened = new Float32Array(target.size);
  const copyRows = (rows: number, fromOffset: number, toOffset: number): void => {
    for (let row = 0; row < rows; row++) {
      const start = fromOffset + row * from.outputSize;
      widened.set(vector.subarray(start, start + from.outputSize), toOffset + row * to.outputSize);
    }
  };
  copyRows(from.wide ? from.inputSize : 0, source.wideWeight, target.wideWeight);
  copyRows(1, source.bias, target.bias);
  widened.set(vector.subarray(source.bias + from.outputSize, source.deepWeight), target.bias + to.outputSize);
  copyRows(source.lastSize, source.deepWeight, target.deepWeight);
  return widened;
}
