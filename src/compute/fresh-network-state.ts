import type { Rng } from '../core/rng.ts';
import type { NetworkSpec, NetworkState } from './compute.ts';
import { hasFirstMoment, hasSecondMoment } from './optimizers.ts';
import { parameterLayout } from './parameter-layout.ts';

/**
 * The state of a network that has learned nothing. Hidden weights are uniform in ±√(6 / units before the layer) (He et al. 2015,
 * arXiv 1502.01852, the uniform form: it needs no transcendental function, so every engine gives the same bits);
 * everything else is zero, so that all scores start equal.
 */
export function initialState(spec: NetworkSpec, rng: Rng): NetworkState {
  const { hidden, size } = parameterLayout(spec);
  const parameters = new Float32Array(size);
  for (const { inputSize, weight, bias } of hidden) {
    const limit = Math.sqrt(6 / inputSize);
    for (let i = weight; i < bias; i++) parameters[i] = (2 * rng.nextFloat() - 1) * limit;
  }
  const { optimizer } = spec;
  return {
    parameters,
    firstMoment: new Float32Array(hasFirstMoment(optimizer) ? size : 0),
    secondMoment: new Float32Array(hasSecondMoment(optimizer) ? size : 0),
    step: 0,
  };
}
