import { isJson } from '../core/json.ts';
import type { PartState } from '../core/part-state.ts';
import type { NetworkState } from '../compute/compute.ts';
import type { Checkpoint } from './checkpoint.ts';

/** Larger than any weight that learning on standardised features comes to; what is beyond it grows without end. */
const LARGEST_WEIGHT = 1e6;

/** The guard against divergence: weights are finite and bounded, and every other number is finite, as whoever opens the checkpoint again demands. */
export function isSound({ model: { network, parts, features }, replay }: Checkpoint): boolean {
  const states = [...Object.values(parts), ...(replay ? [replay.part] : [])];
  return (!network || isSoundNetwork(network.state)) && states.every(isFinitePart) && isJson(features);
}

function isSoundNetwork({ parameters, firstMoment, secondMoment }: NetworkState): boolean {
  // NaN is not below anything.
  return (
    parameters.every((weight) => Math.abs(weight) < LARGEST_WEIGHT) &&
    [firstMoment, secondMoment].every((part) => part.every(Number.isFinite))
  );
}

function isFinitePart({ tensors, values }: PartState): boolean {
  return Object.values(tensors).every((tensor) => tensor.every(Number.isFinite)) && isJson(values);
}
