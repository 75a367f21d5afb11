import type { Batch, ComputeBackend, Network, NetworkSpec, NetworkState } from '../compute.ts';
import { medianMs, samples, type Stopwatch } from './median-time.ts';

/** Milliseconds of each operation of one network on one backend, medians. */
export interface Timings {
  /** From asking for the scores of one row until they are there. */
  readonly predictMs: number;
  /** The same of as many rows as an ordinary training batch has. */
  readonly predictBatchMs: number;
  /** One training step, until the device has done it. */
  readonly learnMs: number;
  /** Copying the state out. */
  readonly readMs: number;
  /** Making a network of a state, until it has answered once. */
  readonly createMs: number;
  /** Timings that each median is of. */
  readonly samples: number;
}

interface TimingOptions extends Stopwatch {
  readonly spec: NetworkSpec;
  readonly state: NetworkState;
}

/** Steps between two readbacks: the readback is not part of a step. */
const stepsPerReadback = 4;

/** Times one network on one backend, with everything compiled and warm, and disposes it. */
export async function measureNetwork(
  backend: ComputeBackend,
  { spec, state, ...stopwatch }: TimingOptions,
): Promise<Timings> {
  const network = backend.createNetwork(spec, state);
  try {
    const batch = probeBatch(spec);
    const row = batch.inputs.subarray(0, spec.inputSize);
    const predict = (): Promise<unknown> => network.predict(row, 1);
    const timed = (work: () => Promise<unknown>): Promise<number> => medianMs(work, stopwatch);
    await learnAndWait(network, batch, row);
    const predictMs = await timed(predict);
    const learnAndReadMs = await timed(() => learnAndWait(network, batch, row));
    return {
      predictMs,
      predictBatchMs: await timed(() => network.predict(batch.inputs, spec.batchSize)),
      learnMs: Math.max(learnAndReadMs - predictMs, 0) / stepsPerReadback,
      readMs: await timed(() => network.state()),
      createMs: await timed(() => createAndAsk(backend, spec, state, row)),
      samples,
    };
  } finally {
    network.dispose();
  }
}

async function createAndAsk(
  backend: ComputeBackend,
  spec: NetworkSpec,
  state: NetworkState,
  row: Float32Array,
): Promise<void> {
  const network = backend.createNetwork(spec, state);
  try {
    await network.predict(row, 1);
  } finally {
    network.dispose();
  }
}

/** Steps, then a prediction that needs their weights: only its answer says that the steps are done. */
async function learnAndWait(network: Network, batch: Batch, inputs: Float32Array): Promise<void> {
  for (let i = 0; i < stepsPerReadback; i++) await network.learn(batch);
  await network.predict(inputs, 1);
}

function probeBatch({ inputSize, outputSize, batchSize }: NetworkSpec): Batch {
  const targets = new Float32Array(batchSize * outputSize);
  for (let row = 0; row < batchSize; row++) targets[row * outputSize + (row % outputSize)] = 1;
  return {
    inputs: new Float32Array(batchSize * inputSize).fill(0.5),
    targets,
    weights: new Float32Array(batchSize).fill(1),
    outputMask: new Float32Array(outputSize).fill(1),
  };
}
