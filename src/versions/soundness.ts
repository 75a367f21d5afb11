import type { Checkpoint } from './checkpoint.ts';

/** Larger than any weight that learning on standardised features comes to; what is beyond it grows without end. */
const LARGEST_WEIGHT = 1e6;

/** The guard against divergence: weights are finite and bounded. Parts in typed arrays clip their own steps; their numbers must be finite where they are read. */
export function isSound({ model: { network } }: Checkpoint): boolean {
  if (!network) return true;
  const { parameters, firstMoment, secondMoment } = network.state;
  // NaN is not below anything.
  return (
    parameters.every((weight) => Math.abs(weight) < LARGEST_WEIGHT) &&
    [firstMoment, secondMoment].every((part) => part.every(Number.isFinite))
  );
}
