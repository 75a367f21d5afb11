import type { ComputeBackend, NetworkSpec } from '../../../src/compute/compute.ts';
import { initialState } from '../../../src/compute/fresh-network-state.ts';
import type { ContinualStrategy } from '../../../src/continual/continual-strategy.ts';
import { Rng } from '../../../src/core/rng.ts';
import type { PartState } from '../../../src/core/part-state.ts';
import { FeatureEncoder, type EncodedInput } from '../../../src/learners/feature-encoder.ts';
import { NetworkLearner } from '../../../src/learners/network-learner.ts';
import type { ContinualMethod } from './method.ts';
import { PIXELS } from './mnist.ts';
import type { LabelledImage } from './scenario.ts';

export const CLASSES = 10;
/** A pixel of a stored image, one byte as in the files. */
export const IMAGE_BYTES = PIXELS;

export interface NetworkOptions {
  readonly hiddenSize: number;
  readonly learningRate: number;
}

export function createEncoder(): FeatureEncoder {
  return new FeatureEncoder({ context: {}, item: { pixels: { type: 'embedding', size: PIXELS } } }, 0);
}

/** A network for the images that has learned nothing, and the spec it was made with. Classes get outputs as they come. */
export function openNetwork(backend: ComputeBackend, seed: number, options: NetworkOptions) {
  const spec: NetworkSpec = {
    inputSize: PIXELS,
    hiddenSizes: options.hiddenSize > 0 ? [options.hiddenSize] : [],
    wide: true,
    outputSize: CLASSES,
    loss: 'softmax-cross-entropy',
    optimizer: {
      kind: 'adam',
      learningRate: options.learningRate,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
    },
    batchSize: 16,
  };
  const encoder = createEncoder();
  const network = initialState(spec, Rng.fromSeed(seed));
  const learner = new NetworkLearner(encoder, backend, { spec, network, features: {}, classes: [] });
  return { learner, encoder, spec };
}

export const inputOf = ({ pixels }: LabelledImage): EncodedInput => ({ context: {}, item: { pixels }, tokens: [] });

export const exampleOf = (image: LabelledImage) => ({
  input: inputOf(image),
  target: { label: String(image.label) },
  weight: 1,
});

export function statisticBytes({ tensors }: PartState): number {
  return Object.values(tensors).reduce((sum, tensor) => sum + tensor.byteLength, 0);
}

/** Bytes of a network with its optimizer. */
export async function networkBytes(learner: NetworkLearner): Promise<number> {
  const { network } = await learner.state();
  return network.parameters.byteLength + network.firstMoment.byteLength + network.secondMoment.byteLength;
}

/** Probabilities of the ten digits, in their order; 0 for one that was never met. */
export async function digitProbabilities(
  learner: NetworkLearner,
  images: readonly LabelledImage[],
): Promise<Float64Array[]> {
  const places = learner.classes.map(Number);
  const scores = await learner.scoresOf(images.map(inputOf));
  return scores.map((row) => {
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = row.map((score) => Math.exp(score - largest));
    const total = powers.reduce((a, b) => a + b, 0);
    const probabilities = new Float64Array(CLASSES);
    places.forEach((digit, output) => (probabilities[digit] = powers[output]! / total));
    return probabilities;
  });
}

export function mostProbable(probabilities: Float64Array): number {
  return probabilities.indexOf(probabilities.reduce((a, b) => Math.max(a, b), -Infinity));
}

/** The network alone, with a strategy. */
export function networkMethod(
  learner: NetworkLearner,
  strategy: ContinualStrategy,
  settle: () => Promise<void> = async () => {},
): ContinualMethod {
  return {
    async learn(position, images) {
      await strategy.learnMany(
        images.map((image, index) => ({ position: position + index, example: exampleOf(image) })),
      );
    },
    settle,
    async predict(images) {
      return (await digitProbabilities(learner, images)).map(mostProbable);
    },
    storedSamples: () => strategy.state().keys.length,
    async stateBytes() {
      const { keys, part } = strategy.state();
      return (await networkBytes(learner)) + keys.length * IMAGE_BYTES + statisticBytes(part);
    },
    dispose: () => learner.dispose(),
  };
}
