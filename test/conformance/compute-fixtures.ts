import type { Anchor, Batch, NetworkLoss, NetworkSpec, NetworkState } from '../../src/compute/compute.ts';
import { parameterCount } from '../../src/compute/compute.ts';
import { initialState } from '../../src/compute/fresh-network-state.ts';
import { Rng } from '../../src/core/rng.ts';

const losses: readonly NetworkLoss[] = ['softmax-cross-entropy', 'logistic', 'squared'];

/** Inputs of a batch are more than 1000 numbers: tfjs may run smaller work of its WebGPU backend on the cpu. */
export function networkSpec(loss: NetworkLoss, hiddenSize: number): NetworkSpec {
  return {
    inputSize: 96,
    hiddenSizes: hiddenSize > 0 ? [hiddenSize] : [],
    wide: true,
    outputSize: 7,
    loss,
    optimizer: { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.02 },
    batchSize: 16,
  };
}

/** All losses, with and without a hidden layer. */
export const allSpecs: readonly NetworkSpec[] = losses.flatMap((loss) =>
  [0, 40].map((hiddenSize) => networkSpec(loss, hiddenSize)),
);

export const nameOf = ({ loss, hiddenSizes }: NetworkSpec): string =>
  `${loss}, ${hiddenSizes.join(' and ') || 'no'} hidden units`;

export function randomVector(rng: Rng, length: number, limit = 1): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => (2 * rng.nextFloat() - 1) * limit);
}

/** A state in which nothing is zero, as after some learning. */
export function learnedState(spec: NetworkSpec, seed: number): NetworkState {
  const rng = Rng.fromSeed(seed);
  const fresh = initialState(spec, rng);
  const nudges = randomVector(rng, fresh.parameters.length, 0.2);
  return {
    parameters: fresh.parameters.map((value, i) => value + nudges[i]!),
    firstMoment: randomVector(rng, fresh.firstMoment.length, 0.01),
    secondMoment: randomVector(rng, fresh.secondMoment.length, 0.01).map(Math.abs),
    step: 11,
  };
}

/** Two masked outputs, uneven row weights, and two rows of padding. */
export function randomBatch(spec: NetworkSpec, seed: number): Batch {
  const rng = Rng.fromSeed(seed);
  const { batchSize, inputSize, outputSize } = spec;
  const outputMask = new Float32Array(outputSize).fill(1).fill(0, outputSize - 2);
  const targets = new Float32Array(batchSize * outputSize);
  for (let row = 0; row < batchSize; row++) {
    // Not always 1: a target that is not a distribution must not go unnoticed either.
    if (spec.loss === 'softmax-cross-entropy')
      targets[row * outputSize + rng.nextInt(outputSize - 2)] = row % 4 === 0 ? 0.6 : 1;
    else for (let k = 0; k < outputSize; k++) targets[row * outputSize + k] = rng.nextFloat();
  }
  const weights = Float32Array.from({ length: batchSize }, (_, row) =>
    row < batchSize - 2 ? 0.3 + 2 * rng.nextFloat() : 0,
  );
  return { inputs: randomVector(rng, batchSize * inputSize), targets, weights, outputMask };
}

/** The batch in more rows, with outputs that take no part in the loss of single rows, and scores to stay near for half of the rows. */
export function rehearsalBatch(spec: NetworkSpec, seed: number, rows: number): Batch {
  const rng = Rng.fromSeed(seed);
  const batch = randomBatch({ ...spec, batchSize: rows }, seed);
  const size = rows * spec.outputSize;
  const rowMask = Float32Array.from({ length: size }, (_, place) =>
    batch.targets[place]! > 0 || rng.nextFloat() < 0.6 ? 1 : 0,
  );
  const weights = Float32Array.from({ length: size }, (_, place) =>
    Math.floor(place / spec.outputSize) % 2 === 0 ? rng.nextFloat() : 0,
  );
  return { ...batch, rowMask, logits: { targets: randomVector(rng, size, 2), weights } };
}

/** Every third parameter is free, the others are held with importances of very different sizes. */
export function randomAnchor(spec: NetworkSpec, seed: number): Anchor {
  const rng = Rng.fromSeed(seed);
  const parameters = randomVector(rng, parameterCount(spec));
  const importance = parameters.map((_, i) => (i % 3 === 0 ? 0 : 10 ** (8 * rng.nextFloat() - 4)));
  return { importance, parameters };
}

/** NaN when any difference is: it must not pass for agreement. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`Lengths differ: ${a.length} and ${b.length}`);
  return Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce(
    (largest, difference) => Math.max(largest, difference),
    0,
  );
}
