import type { ComputeBackend, NetworkSpec } from '../../src/compute/compute.ts';
import { sha256Hex } from '../../src/core/hashing.ts';
import { Rng } from '../../src/core/rng.ts';
import { learnedState, randomAnchor, randomBatch, randomVector, rehearsalBatch } from './compute-fixtures.ts';

const common = { inputSize: 61, outputSize: 7, batchSize: 13 };

/** Every loss, optimizer and form of a network, in sizes that are multiples of nothing. */
const specs: readonly NetworkSpec[] = [
  {
    ...common,
    hiddenSizes: [35, 18],
    wide: true,
    loss: 'softmax-cross-entropy',
    optimizer: { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.02 },
  },
  {
    ...common,
    hiddenSizes: [21],
    wide: false,
    loss: 'logistic',
    optimizer: { kind: 'sgd', learningRate: 0.03, momentum: 0.8, weightDecay: 0.01 },
  },
  {
    ...common,
    hiddenSizes: [],
    wide: true,
    loss: 'squared',
    optimizer: { kind: 'adagrad', learningRate: 0.03, epsilon: 1e-7, weightDecay: 0 },
  },
];

/** Digest of every bit that networks on this backend give: states after 30 steps, scores, gradients. */
export async function digestOfLearning(backend: ComputeBackend): Promise<string> {
  const parts: Float32Array<ArrayBuffer>[] = [];
  for (const spec of specs) {
    const network = backend.createNetwork(spec, learnedState(spec, 1));
    const anchor = randomAnchor(spec, 2);
    for (let i = 0; i < 10; i++) {
      await network.learn(randomBatch(spec, 3 * i));
      await network.learn(rehearsalBatch(spec, 3 * i + 1, 24));
      await network.learn({ ...randomBatch(spec, 3 * i + 2), anchor });
    }
    const { parameters, firstMoment, secondMoment } = await network.state();
    const { loss, gradients } = await network.gradients(rehearsalBatch(spec, 90, 16));
    const inputs = randomVector(Rng.fromSeed(91), 67 * spec.inputSize);
    const scores = [await network.predict(inputs, 67), await network.predict(inputs.subarray(0, 61), 1)];
    const squares = await network.squaredGradients(randomBatch(spec, 92));
    parts.push(parameters, firstMoment, secondMoment, Float32Array.of(loss), gradients, squares, ...scores);
    network.dispose();
  }
  return sha256Hex(new Uint8Array(await new Blob(parts).arrayBuffer()));
}

/** What WebAssembly gives on every machine, as compute-bits.node.test.ts finds it. Another digest means that a kernel or a fixture has changed. */
export const wasmDigest = 'e24245a577c70fc895bdcd7443de64a78f0c51b4266b346ff974a0aaefa44e49';
