import type { CandidateIndex, CandidateStorage } from '../../src/compute/candidate-index/candidate-index.ts';
import { createCandidateIndex } from '../../src/compute/candidate-index/create-candidate-index.ts';
import { openWebGpuBackend, type WebGpuComputeBackend } from '../../src/compute/webgpu/webgpu-backend.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { inNode } from '../sections/environment.ts';
import { median } from '../lib/median.ts';
import { uniformCandidates, type Candidates } from './candidates.ts';
import { nodeGpu } from './node-gpu.ts';

const COUNT = 1_000_000;
const FEATURES = 128;
const K = 10;
const BYTES = { float32: 4, float16: 2, int8: 1 } as const;
/** Searches that are under way at once, so that waiting for an answer is not counted as reading memory. */
const IN_FLIGHT = 16;
const ROUNDS = 15;
/** Rows of one call: what is staged stays small. */
const ADDED = 50_000;
/** What is copied to find out the bandwidth: far more than a cache holds. */
const COPIED = 256 * 1024 * 1024;

export const topKGpu: FigureSection = {
  key: 'top-k-gpu',
  title: 'A million candidates on a GPU',
  protocol: `The best ${K} of ${COUNT.toLocaleString('en-GB')} rows of ${FEATURES} features on the machine's GPU, in Node by the package webgpu. Bandwidth: bytes of the rows by the time of a search with ${IN_FLIGHT} under way at once, as a share of what a copy of ${COPIED / 2 ** 20} MiB from buffer to buffer reads and writes in a second, in the same run. One search alone is timed from a typed array to the slots. tfjs: \`matMul\` and \`topk\` of the same rows.`,
  environment: inNode,
  async unmeasurable() {
    const found = await nodeGpu();
    return typeof found === 'string' ? found : found.substitute;
  },
  measure: () => measureGpu(COUNT),
};

/** @param count of candidates */
export async function measureGpu(count: number): Promise<readonly Figure[]> {
  const found = await nodeGpu();
  if (typeof found === 'string') throw new Error(found);
  const candidates = uniformCandidates(count, FEATURES, 32, 1);
  const backend = await openWebGpuBackend(found.gpu);
  const bandwidth = await copyBandwidth(backend);
  const figures: Figure[] = [{ what: 'bandwidth of a copy', value: bandwidth / 1e9, unit: 'GB/s' }];
  const alone: number[] = [];
  for (const storage of ['float32', 'float16', 'int8'] as const) {
    const index = await filled(backend, storage, candidates);
    const single = median(await times(() => search(index, candidates, 1)));
    alone.push(single);
    const together = median(await times(() => search(index, candidates, IN_FLIGHT))) / IN_FLIGHT;
    index.dispose();
    const share = (count * FEATURES * BYTES[storage]) / (together / 1000) / bandwidth;
    const note = `${together.toPrecision(3)} ms a search`;
    figures.push({
      what: `share of the bandwidth, ${storage}`,
      value: share,
      unit: '',
      ...(storage === 'float32' && { goal: { atLeast: 0.6 } }),
      note,
    });
    figures.push({ what: `one search alone, ${storage}`, value: single, unit: 'ms' });
  }
  backend.dispose();
  const tfjs = median(await tfjsTimes(candidates));
  const note = `${alone[0]!.toPrecision(3)} ms against ${tfjs.toPrecision(3)} ms`;
  return [
    ...figures,
    { what: 'one search, against tfjs', value: tfjs / alone[0]!, unit: '×', goal: { atLeast: 10 }, note },
  ];
}

async function filled(
  backend: WebGpuComputeBackend,
  storage: CandidateStorage,
  { rows, features }: Candidates,
): Promise<CandidateIndex> {
  const count = rows.length / features;
  const index = await createCandidateIndex({ features, storage, capacity: count }, backend);
  for (let first = 0; first < count; first += ADDED) {
    await index.add(rows.subarray(first * features, (first + ADDED) * features));
  }
  return index;
}

async function search(index: CandidateIndex, { queries, features }: Candidates, inFlight: number): Promise<void> {
  const one = (query: number) => index.search(queries.subarray(query * features, (query + 1) * features), K);
  await Promise.all(Array.from({ length: inFlight }, (_, query) => one(query)));
}

/** Milliseconds of each round, after two that warm up. */
async function times(work: () => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const startMs = performance.now();
    await work();
    if (round >= 0) all.push(performance.now() - startMs);
  }
  return all;
}

/** Bytes read and written in a second. */
async function copyBandwidth({ tensors: { device } }: WebGpuComputeBackend): Promise<number> {
  const copies = 8;
  const size = Math.min(COPIED, device.limits.maxBufferSize);
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const [from, to] = [device.createBuffer({ size, usage }), device.createBuffer({ size, usage })];
  const ms = await times(() => {
    const encoder = device.createCommandEncoder();
    for (let copy = 0; copy < copies; copy++) encoder.copyBufferToBuffer(from, 0, to, 0, size);
    device.queue.submit([encoder.finish()]);
    return device.queue.onSubmittedWorkDone();
  });
  from.destroy();
  to.destroy();
  return (2 * size * copies) / (median(ms) / 1000);
}

async function tfjsTimes({ rows, queries, features }: Candidates): Promise<number[]> {
  const tf = await import('@tensorflow/tfjs-core');
  // It looks for WebGPU when it is loaded, which by now is there.
  const { openTfjs } = await import('./contenders/open-tfjs.ts');
  await openTfjs({ backend: 'webgpu', wasmFolder: '' });
  const held = tf.tensor2d(rows, [rows.length / features, features]);
  const query = queries.slice(0, features);
  const all = await times(async () => {
    const best = tf.tidy(() => {
      const scores = tf.matMul(held, tf.tensor2d(query, [features, 1]));
      return tf.topk(tf.reshape(scores, [-1]), K).indices;
    });
    await best.data();
    best.dispose();
  });
  held.dispose();
  return all;
}
