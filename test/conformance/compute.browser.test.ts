/// <reference types="vite/client" />
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { describeAgreement, describeComputeBackend } from './compute-cases.ts';
import { learnedState, networkSpec, openSplit, randomAnchor, randomBatch } from './compute-fixtures.ts';
import type { WorkerAnswer } from './compute-in-worker.ts';
import { watchedGpu, type WatchedGpu } from './compute-watched-gpu.ts';

const open = (name: BackendName): Promise<ComputeBackend> => openBackend(name);
const names = ['cpu', 'wasm', 'webgpu'] as const;

for (const name of names) describeComputeBackend(name, () => open(name));
describeComputeBackend('cpu', () => openSplit('cpu', 'webgpu'), 'cpu that learns on webgpu');
describeAgreement(names, open);

const spec = networkSpec('softmax-cross-entropy', 40);
const state = learnedState(spec, 1);
const unavailable = expect.objectContaining({ code: 'BACKEND_UNAVAILABLE' });
const failed = expect.objectContaining({ code: 'COMPUTE_FAILED' });

describe('webgpu', () => {
  const opened: ComputeBackend[] = [];
  const openWatched = async (): Promise<{ backend: ComputeBackend; watched: WatchedGpu }> => {
    const watched = watchedGpu(navigator.gpu);
    const backend = await openBackend('webgpu', { gpu: watched.gpu });
    opened.push(backend);
    return { backend, watched };
  };
  afterEach(() => {
    for (const backend of opened.splice(0)) backend.dispose();
  });

  it('computes on the GPU: two dispatches a prediction, five a training step', async () => {
    const { backend, watched } = await openWatched();
    const network = backend.createNetwork(spec, state);
    await network.predict(new Float32Array(spec.inputSize), 1);
    expect(watched.dispatches()).toBe(2);
    await network.learn(randomBatch(spec, 2));
    expect(watched.dispatches()).toBe(2 + 5);
    await network.gradients(randomBatch(spec, 2));
    expect(watched.dispatches()).toBe(2 + 5 + 5);
  });

  it('is drawn to an anchor in the same five, and reads nothing back', async () => {
    const { backend, watched } = await openWatched();
    const network = backend.createNetwork(spec, state);
    const mapped = vi.spyOn(GPUBuffer.prototype, 'mapAsync');
    const anchor = randomAnchor(spec, 3);
    for (let step = 0; step < 3; step++) await network.learn({ ...randomBatch(spec, 2), anchor });
    expect(watched.dispatches()).toBe(3 * 5);
    expect(mapped).not.toHaveBeenCalled();
    await network.state();
    expect(mapped, 'what reads is seen').toHaveBeenCalled();
    mapped.mockRestore();
  });

  it('takes fewer without a hidden layer', async () => {
    const { backend, watched } = await openWatched();
    const wide = networkSpec('logistic', 0);
    const network = backend.createNetwork(wide, learnedState(wide, 1));
    await network.predict(new Float32Array(wide.inputSize), 1);
    await network.learn(randomBatch(wide, 2));
    expect(watched.dispatches()).toBe(1 + 3);
  });

  it('says that the device was lost, and refuses to compute from then on', async () => {
    const { backend, watched } = await openWatched();
    const network = backend.createNetwork(spec, state);
    await network.learn(randomBatch(spec, 2));
    watched.device().destroy();
    expect(await backend.lost).toMatch(/./);
    await expect(network.predict(new Float32Array(spec.inputSize), 1)).rejects.toEqual(failed);
    await expect(network.learn(randomBatch(spec, 2))).rejects.toEqual(failed);
    await expect(network.gradients(randomBatch(spec, 2))).rejects.toEqual(failed);
    await expect(network.state()).rejects.toEqual(failed);
    expect(() => backend.createNetwork(spec, state)).toThrow(failed);
  });

  it('rejects a prediction that was under way when the device was lost', async () => {
    const { backend, watched } = await openWatched();
    const network = backend.createNetwork(spec, state);
    const prediction = network.predict(new Float32Array(spec.inputSize), 1);
    watched.device().destroy();
    await expect(prediction).rejects.toEqual(failed);
  });

  it('refuses to compute after an error that nobody captured', async () => {
    const { backend, watched } = await openWatched();
    const network = backend.createNetwork(spec, state);
    const { queue } = watched.device();
    const small = watched.device().createBuffer({ size: 4, usage: GPUBufferUsage.COPY_DST });
    queue.writeBuffer(small, 0, new Float32Array(2));
    expect(await backend.lost).toMatch(/size|range|bounds/i);
    await expect(network.predict(new Float32Array(spec.inputSize), 1)).rejects.toEqual(failed);
  });

  it('can be opened again after a loss', async () => {
    const first = await openWatched();
    first.watched.device().destroy();
    await first.backend.lost;
    const { backend } = await openWatched();
    const scores = await backend.createNetwork(spec, state).predict(new Float32Array(spec.inputSize).fill(0.1), 1);
    expect(scores.some((score) => score !== 0)).toBe(true);
  });

  it('is not available without an adapter', async () => {
    const requestAdapter = vi.fn(() => Promise.resolve(null));
    const gpu = { requestAdapter } as unknown as GPU;
    await expect(openBackend('webgpu', { gpu })).rejects.toEqual(unavailable);
    expect(requestAdapter, 'asking again gives none either').toHaveBeenCalledOnce();
  });

  it('is not available when the device is refused', async () => {
    const adapter = { limits: {}, requestDevice: () => Promise.reject(new Error('no device today')) };
    const gpu = { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU;
    const reason = expect.stringContaining('no device today') as string;
    await expect(openBackend('webgpu', { gpu })).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      details: { reason },
    });
  });
});

describe('wasm', () => {
  it('is fetched by nobody: the kernels come with the code', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    (await open('wasm')).dispose();
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });

  it.each([
    ['is not available where a policy forbids to compile it', "'self' 'unsafe-inline'", /BACKEND_UNAVAILABLE.*compile/],
    ['is where the policy lets it', "'self' 'unsafe-inline' 'wasm-unsafe-eval'", /^opened$/],
  ])('%s', async (_, scripts, expected) => {
    const module = new URL('../../src/compute/wasm/wasm-backend.ts', import.meta.url).href;
    const frame = document.createElement('iframe');
    const answer = new Promise((resolve) => {
      addEventListener('message', ({ data, source }) => {
        if (source === frame.contentWindow) resolve(data);
      });
    });
    frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="script-src ${scripts}">
      <script type="module">
        const { openWasmBackend } = await import(${JSON.stringify(module)});
        openWasmBackend().then(
          () => parent.postMessage('opened', '*'),
          ({ code, details }) => parent.postMessage(code + ': ' + details.reason, '*'),
        );
      </script>`;
    document.body.append(frame);
    expect(await answer).toMatch(expected);
    frame.remove();
  });
});

it.each(names)('%s works in a dedicated worker', async (name) => {
  const worker = new Worker(new URL('./compute-in-worker.ts', import.meta.url), { type: 'module' });
  const answer = await new Promise<WorkerAnswer>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(name);
  });
  worker.terminate();
  if ('error' in answer) throw new Error(answer.error);
  expect(answer.lossAfter).toBeLessThan(answer.lossBefore);
});
