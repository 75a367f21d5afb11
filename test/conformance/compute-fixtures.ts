import type {
  Anchor,
  BackendName,
  Batch,
  ComputeBackend,
  NetworkLoss,
  NetworkSpec,
  NetworkState,
  OptimizerSpec,
} from '../../src/compute/compute.ts';
import { initialState } from '../../src/compute/fresh-network-state.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { parameterCount } from '../../src/compute/parameter-layout.ts';
import { splitBackend } from '../../src/compute/split-backend.ts';
import { Rng } from '../../src/core/rng.ts';

/** Absolute, on numbers of the order of 1. */
export const tolerance = 1e-4;

const losses: readonly NetworkLoss[] = ['softmax-cross-entropy', 'logistic', 'squared'];

const adam: OptimizerSpec = {
  kind: 'adam',
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.02,
};

/** A wide network of one hidden layer, or none. */
export function networkSpec(loss: NetworkLoss, hiddenSize: number): NetworkSpec {
  return {
    inputSize: 96,
    hiddenSizes: hiddenSize > 0 ? [hiddenSize] : [],
    wide: true,
    outputSize: 7,
    loss,
    optimizer: adam,
    batchSize: 16,
  };
}

/** Sizes that are no multiples of anything, so that what is left over of blocks and vectors is met, too. */
const shapes: readonly Pick<NetworkSpec, 'hiddenSizes' | 'wide'>[] = [
  { hiddenSizes: [], wide: true },
  { hiddenSizes: [40], wide: true },
  { hiddenSizes: [40], wide: false },
  { hiddenSizes: [21, 18], wide: true },
  { hiddenSizes: [21, 18], wide: false },
  { hiddenSizes: [19, 12, 9], wide: true },
  { hiddenSizes: [19, 12, 9], wide: false },
];

const otherOptimizers: readonly OptimizerSpec[] = [
  { kind: 'sgd', learningRate: 0.05, momentum: 0, weightDecay: 0.02 },
  { kind: 'sgd', learningRate: 0.05, momentum: 0.9, weightDecay: 0.02 },
  { kind: 'adagrad', learningRate: 0.02, epsilon: 1e-8, weightDecay: 0.02 },
];

/** All losses on all shapes, and all optimizers on networks of several depths. */
export const allSpecs: readonly NetworkSpec[] = [
  ...losses.flatMap((loss) => shapes.map((shape) => ({ ...networkSpec(loss, 0), ...shape }))),
  ...otherOptimizers.flatMap((optimizer, i) =>
    [shapes[0]!, shapes[1]!, shapes[6]!].map((shape, j) => ({
      ...networkSpec(losses[(i + j) % 3]!, 0),
      ...shape,
      optimizer,
    })),
  ),
];

export function nameOf({ loss, hiddenSizes, wide, optimizer }: NetworkSpec): string {
  const layers = hiddenSizes.length > 0 ? `hidden layers of ${hiddenSizes.join(', ')}` : 'no hidden layer';
  const momentum = optimizer.kind === 'sgd' && optimizer.momentum > 0 ? ' with momentum' : '';
  return `${loss}, ${wide ? 'wide, ' : ''}${layers}, ${optimizer.kind}${momentum}`;
}

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

/** The batch with most of its inputs 0, as one-hot and hashed features are, and some rows of nothing else. */
export function sparseBatch(spec: NetworkSpec, seed: number): Batch {
  const rng = Rng.fromSeed(seed);
  const { inputs, ...rest } = randomBatch(spec, seed);
  const kept = inputs.map((value, place) =>
    Math.floor(place / spec.inputSize) % 5 > 0 && rng.nextFloat() < 0.1 ? value : 0,
  );
  return { inputs: kept, ...rest };
}

/** Every third parameter is free, the others are held with importances of very different sizes. */
export function randomAnchor(spec: NetworkSpec, seed: number): Anchor {
  const rng = Rng.fromSeed(seed);
  const parameters = randomVector(rng, parameterCount(spec));
  const importance = parameters.map((_, i) => (i % 3 === 0 ? 0 : 10 ** (8 * rng.nextFloat() - 4)));
  return { importance, parameters };
}

/** Two backends as one, which owns them. */
export async function openSplit(predict: BackendName, learn: BackendName): Promise<ComputeBackend> {
  const parts = [await openBackend(predict), await openBackend(learn)] as const;
  const both = splitBackend(...parts);
  return {
    ...both,
    dispose() {
      for (const backend of [both, ...parts]) backend.dispose();
    },
  };
}

/** NaN when any difference is: it must not pass for agreement. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`Lengths differ: ${a.length} and ${b.length}`);
  return Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce(
    (largest, difference) => Math.max(largest, difference),
    0,
  );
}
