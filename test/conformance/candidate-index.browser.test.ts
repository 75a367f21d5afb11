import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CandidateIndexOptions } from '../../src/compute/candidate-index/candidate-index.ts';
import { parseCandidateOptions } from '../../src/compute/candidate-index/check-candidates.ts';
import { createCandidateIndex } from '../../src/compute/candidate-index/create-candidate-index.ts';
import { WebGpuCandidateIndex } from '../../src/compute/candidate-index/webgpu-candidate-index.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { openWebGpuBackend, type WebGpuComputeBackend } from '../../src/compute/webgpu/webgpu-backend.ts';
import { Rng } from '../../src/core/rng.ts';
import { describeCandidateAgreement, describeCandidateIndex, type CandidateBackend } from './candidate-index-cases.ts';
import { randomRows } from './candidate-index-reference.ts';
import { watchedGpu, type WatchedGpu } from './compute-watched-gpu.ts';

const open = async (name: BackendName): Promise<CandidateBackend> => {
  if (name !== 'webgpu') return { create: (options) => createCandidateIndex(options, { name }), dispose: () => {} };
  const backend = await openBackend('webgpu');
  return { create: (options) => createCandidateIndex(options, backend), dispose: () => backend.dispose() };
};
const names = ['cpu', 'wasm', 'webgpu'] as const;
const failed = expect.objectContaining({ code: 'COMPUTE_FAILED' });

for (const name of names) describeCandidateIndex(name, () => open(name));
describeCandidateAgreement(names, open);

describe('candidate index on webgpu', () => {
  const opened: WebGpuComputeBackend[] = [];
  const openWatched = async (): Promise<{ backend: WebGpuComputeBackend; watched: WatchedGpu }> => {
    const watched = watchedGpu(navigator.gpu);
    const backend = await openWebGpuBackend(watched.gpu);
    opened.push(backend);
    return { backend, watched };
  };
  afterEach(() => {
    for (const backend of opened.splice(0)) backend.dispose();
  });
  const query = Float32Array.of(1, 0, 0, 0);

  it('needs a device', async () => {
    const unavailable = expect.objectContaining({ code: 'BACKEND_UNAVAILABLE' });
    await expect(createCandidateIndex({ features: 4 }, { name: 'webgpu' })).rejects.toEqual(unavailable);
  });

  it('searches in a dispatch for each buffer and two more, and reads back once, a few kilobytes', async () => {
    const { backend, watched } = await openWatched();
    const index = await createCandidateIndex({ features: 4 }, backend);
    const rng = Rng.fromSeed(1);
    const given = [randomRows(rng, 1000, 4), randomRows(rng, 1500, 4), randomRows(rng, 5000, 4)];
    for (const rows of given) await index.add(rows);
    const mapped = vi.spyOn(GPUBuffer.prototype, 'mapAsync');
    const before = [watched.dispatches(), watched.submits()] as const;
    const { slots } = await index.search(query, 10);
    expect(watched.dispatches() - before[0]).toBe(3 + 2);
    expect(watched.submits() - before[1]).toBe(1);
    expect(mapped.mock.contexts.map((buffer) => (buffer as GPUBuffer).size)).toEqual([16 * 65 * 4]);
    mapped.mockRestore();
    const all = given.flatMap((rows) => [...rows]);
    const expected = Array.from({ length: 7500 }, (_, slot) => slot).sort((a, b) => all[4 * b]! - all[4 * a]!);
    expect([...slots]).toEqual(expected.slice(0, 10));
  });

  it('splits rows over buffers where one would be larger than the device allows', async () => {
    const { backend } = await openWatched();
    const limits = {
      maxComputeWorkgroupsPerDimension: 65_535,
      maxStorageBufferBindingSize: 1024 * 16 + 15,
      maxBufferSize: 1024 * 1024,
    };
    Object.defineProperty(backend.tensors.device, 'limits', { value: limits, configurable: true });
    const index = await createCandidateIndex({ features: 4, capacity: 4000 }, backend);
    Reflect.deleteProperty(backend.tensors.device, 'limits');
    const rows = randomRows(Rng.fromSeed(2), 4000, 4);
    await index.add(rows);
    const { slots, scores } = await index.search(query, 4000);
    const expected = Array.from({ length: 4000 }, (_, slot) => slot).sort((a, b) => rows[4 * b]! - rows[4 * a]!);
    expect([...slots]).toEqual(expected);
    expect(scores).toEqual(Float32Array.from(expected, (slot) => rows[4 * slot]!));
  });

  it('multiplies int8 codes to the same bits where the language has no product of packed ones', async () => {
    const { backend } = await openWatched();
    const options: CandidateIndexOptions = { features: 37, storage: 'int8' };
    const [packed, unpacked] = [true, false].map(
      (isPacked) => new WebGpuCandidateIndex(backend.tensors, parseCandidateOptions(options), isPacked),
    );
    const rows = randomRows(Rng.fromSeed(3), 500, 37);
    const hits = [];
    for (const index of [packed!, unpacked!]) {
      await index.add(rows);
      hits.push(await index.search(rows.subarray(0, 5 * 37), 500));
    }
    expect(hits[1]).toEqual(hits[0]);
    expect(hits[0]!.slots[0]).toBe(0);
  });

  it('holds no more after a thousand searches and many changes than after the first', async () => {
    const { backend } = await openWatched();
    const index = await createCandidateIndex({ features: 8, storage: 'int8', capacity: 4000 }, backend);
    const rng = Rng.fromSeed(4);
    await index.add(randomRows(rng, 3000, 8));
    const change = async (count: number): Promise<void> => {
      const slots = await index.add(randomRows(rng, count, 8));
      await index.replace(slots, randomRows(rng, count, 8));
      await index.remove(slots);
    };
    for (const count of [1, 16, 100]) await change(count);
    for (const k of [1, 17, 65]) for (const queries of [1, 4]) await index.search(randomRows(rng, queries, 8), k);
    const before = [backend.memory(), index.memory()];
    for (let i = 0; i < 1000; i++) {
      await index.search(randomRows(rng, 1 + rng.nextInt(4), 8), 1 + rng.nextInt(100));
      if (i % 10 === 0) await change(1 + rng.nextInt(100));
    }
    expect([backend.memory(), index.memory()]).toEqual(before);
    index.dispose();
    expect(backend.memory().tensors).toBe(0);
  });

  it('gives everything back when it is disposed', async () => {
    const { backend } = await openWatched();
    const destroyed = vi.spyOn(GPUBuffer.prototype, 'destroy');
    const index = await createCandidateIndex({ features: 8, storage: 'int8' }, backend);
    await index.add(new Float32Array(80));
    const { deviceBytes } = index.memory();
    index.dispose();
    const freed = destroyed.mock.contexts.reduce<number>((sum, buffer) => sum + (buffer as GPUBuffer).size, 0);
    destroyed.mockRestore();
    expect(freed).toBe(deviceBytes);
  });

  it.each([0, 1, 3])(
    'refuses rows that the GPU has no room for, and goes on with those it has (%i)',
    async (granted) => {
      const { backend } = await openWatched();
      const index = await createCandidateIndex({ features: 4 }, backend);
      await index.add(query);
      const popped = vi.spyOn(backend.tensors.device, 'popErrorScope');
      for (let i = 0; i < granted; i++) popped.mockResolvedValueOnce(null);
      popped.mockResolvedValueOnce(new GPUOutOfMemoryError('full'));
      await expect(index.add(new Float32Array(4 * 2000))).rejects.toEqual(failed);
      popped.mockRestore();
      expect(index.count).toBe(1);
      expect((await index.search(query, 1)).scores).toEqual(Float32Array.of(1));
      expect((await index.add(new Float32Array(4 * 2000))).at(-1)).toBe(2000);
      expect((await index.search(query, 1)).slots).toEqual(Int32Array.of(0));
    },
  );

  it('rejects what is under way when the device is lost, and everything after', async () => {
    const { backend, watched } = await openWatched();
    const index = await createCandidateIndex({ features: 4 }, backend);
    await index.add(query);
    const pending = [index.search(query, 1), index.add(query)];
    watched.device().destroy();
    for (const call of pending) await expect(call).rejects.toEqual(failed);
    await backend.lost;
    await expect(index.search(query, 1)).rejects.toEqual(failed);
    index.dispose();
    expect(index.memory().deviceBytes).toBe(0);
  });
});
