import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCandidateIndex } from '../../src/compute/candidate-index/create-candidate-index.ts';
import { openWebGpuBackend, type WebGpuComputeBackend } from '../../src/compute/webgpu/webgpu-backend.ts';
import { Rng } from '../../src/core/rng.ts';
import { randomRows } from './candidate-index-reference.ts';

const failed = expect.objectContaining({ code: 'COMPUTE_FAILED' });
const features = 4;

describe('a candidate index in the memory of a GPU', () => {
  const opened: WebGpuComputeBackend[] = [];
  const open = async (): Promise<WebGpuComputeBackend> => {
    const backend = await openWebGpuBackend(navigator.gpu);
    opened.push(backend);
    return backend;
  };
  afterEach(() => {
    vi.restoreAllMocks();
    for (const backend of opened.splice(0)) backend.dispose();
  });

  /** With buffers of at most so many bytes. */
  const limit = ({ tensors }: WebGpuComputeBackend, bytes: number): void => {
    const { maxComputeWorkgroupsPerDimension } = tensors.device.limits;
    const limits = { maxComputeWorkgroupsPerDimension, maxStorageBufferBindingSize: bytes, maxBufferSize: bytes };
    Object.defineProperty(tensors.device, 'limits', { value: limits, configurable: true });
  };

  // Four buffers of rows, then three beside them.
  it.each([1, 2, 4, 5, 7])('leaves no buffer behind when it is disposed while it grows (%i)', async (asked) => {
    const backend = await open();
    const { device } = backend.tensors;
    const created = vi.spyOn(device, 'createBuffer');
    const destroyed = vi.spyOn(GPUBuffer.prototype, 'destroy');
    limit(backend, 1024 * 16);
    const index = await createCandidateIndex({ features }, backend);
    const popped = vi.spyOn(device, 'popErrorScope');
    for (let i = 1; i < asked; i++) popped.mockResolvedValueOnce(null);
    popped.mockImplementationOnce(async () => {
      await Promise.resolve();
      index.dispose();
      return null;
    });
    await expect(index.add(new Float32Array(features * 4000))).rejects.toEqual(failed);
    expect(index.memory().deviceBytes).toBe(0);
    expect(created.mock.calls.length).toBe(asked < 5 ? asked : 7);
    expect(destroyed.mock.contexts).toEqual(
      expect.arrayContaining(created.mock.results.map(({ value }): unknown => value)),
    );
    expect(backend.memory().tensors).toBe(0);
    await expect(index.add(new Float32Array(features))).rejects.toEqual(failed);
  });

  it('keeps no staging buffers where rows cannot be written', async () => {
    const backend = await open();
    const index = await createCandidateIndex({ features }, backend);
    await index.add(new Float32Array(features));
    const { tensors } = backend.memory();
    vi.spyOn(backend.tensors, 'run').mockImplementationOnce(() => {
      throw new Error('no pipeline');
    });
    await expect(index.add(new Float32Array(features))).rejects.toThrow('no pipeline');
    vi.spyOn(backend.tensors, 'run').mockImplementationOnce(() => {
      throw new Error('no pipeline');
    });
    await expect(index.search(new Float32Array(features), 1)).rejects.toThrow('no pipeline');
    expect(backend.memory().tensors).toBe(tensors);
  });

  it('reads back as many queries at once as a buffer has room for', async () => {
    const backend = await open();
    const rng = Rng.fromSeed(1);
    const rows = randomRows(rng, 6000, features);
    const queries = randomRows(rng, 64, features);
    const index = await createCandidateIndex({ features, capacity: 6000 }, backend);
    await index.add(rows);
    const [once, few] = [await index.search(queries, 5000), await index.search(queries.subarray(0, 7 * features), 5)];
    const allocated = vi.spyOn(backend.tensors, 'allocate');
    // A query's is 94 groups of 65 numbers; there is room for those of five.
    limit(backend, 5 * 94 * 65 * 4);
    expect(await index.search(queries, 5000)).toEqual(once);
    expect(allocated.mock.calls.filter(([, type]) => type === 'int32').length).toBe(16);
    limit(backend, 94 * 65 * 4);
    expect(await index.search(queries.subarray(0, 7 * features), 5)).toEqual(few);
  });
});
