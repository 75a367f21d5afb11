import type { NetworkSpec, NetworkState } from '../../src/compute/compute.ts';
import { parameterLayout } from '../../src/compute/parameter-layout.ts';
import { ADAM } from './contender.ts';
import { inputsOf, outputsOf, type DenseLayer, type Shape } from './workload.ts';

/** The same network as everybody else's: no inputs beside the hidden layers, no weight decay. */
export function specOf(shape: Shape, batchSize: number): NetworkSpec {
  return {
    inputSize: inputsOf(shape),
    hiddenSizes: shape.slice(1, -1),
    wide: false,
    outputSize: outputsOf(shape),
    loss: 'softmax-cross-entropy',
    optimizer: { kind: 'adam', ...ADAM, weightDecay: 0 },
    batchSize,
  };
}

export function stateOf(spec: NetworkSpec, layers: readonly DenseLayer[]): NetworkState {
  const { hidden, deepWeight, bias, size } = parameterLayout(spec);
  const parameters = new Float32Array(size);
  layers.forEach((layer, index) => {
    const place = hidden[index] ?? { weight: deepWeight, bias };
    parameters.set(layer.kernel, place.weight);
    parameters.set(layer.bias, place.bias);
  });
  return { parameters, firstMoment: new Float32Array(size), secondMoment: new Float32Array(size), step: 0 };
}
