import { trainingRows } from '../../src/compute/training-rows.ts';
import type { Batch, ComputeBackend, Network } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { Rng } from '../../src/core/rng.ts';
import { answerCalls } from '../lib/answer-calls.ts';
import { specOf, stateOf } from './our-network.ts';
import { batchesOf, inputsOf, layersOf, outputsOf, type Rows, type Shape } from './workload.ts';

const MOST_TRAINED = Math.max(...trainingRows);
const MOST_PREDICTED = 200;
const BATCH = 32;

const rng = Rng.fromSeed(1);
let backend: ComputeBackend | undefined;
let network: Network | undefined;
let shape: Shape = [];
let rows: Rows | undefined;

function opened() {
  if (!backend || !network || !rows) throw new Error('no network is open');
  return { backend, network, rows };
}

/** Half of them training steps of as many rows as a batch may have, half predictions of 1 to {@link MOST_PREDICTED} rows. */
async function step(): Promise<void> {
  const { network } = opened();
  if (rng.nextFloat() < 0.5)
    return network.learn(batchOf([BATCH, ...trainingRows][rng.nextInt(trainingRows.length + 1)]!));
  const count = 1 + rng.nextInt(MOST_PREDICTED);
  await network.predict(opened().rows.inputs.subarray(0, count * inputsOf(shape)), count);
}

function batchOf(count: number): Batch {
  const { inputs, targets } = opened().rows;
  return {
    inputs: inputs.subarray(0, count * inputsOf(shape)),
    targets: targets.subarray(0, count * outputsOf(shape)),
    weights: new Float32Array(count).fill(1),
    outputMask: new Float32Array(outputsOf(shape)).fill(1),
  };
}

answerCalls({
  /** @returns bytes that the backend holds on the GPU, pooled buffers included */
  async open(given: Shape) {
    shape = given;
    rows = batchesOf(shape, MOST_TRAINED)[0];
    backend = await openBackend('webgpu');
    const spec = specOf(shape, BATCH);
    network = backend.createNetwork(spec, stateOf(spec, layersOf(shape)));
    return backend.memory().bytesAllocated;
  },
  /** The same after each of `count` further steps. */
  async steps(count: number) {
    const bytes: number[] = [];
    for (let i = 0; i < count; i++) {
      await step();
      bytes.push(opened().backend.memory().bytesAllocated);
    }
    return bytes;
  },
});
