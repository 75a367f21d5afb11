import { afterEach, describe, expect, it, vi } from 'vitest';
import { openBackend } from '../../src/compute/open-backend.ts';
import { learnedState, networkSpec, randomBatch } from '../conformance/compute-fixtures.ts';

const unavailable = (backend: string, reason: RegExp): unknown =>
  expect.objectContaining({
    code: 'BACKEND_UNAVAILABLE',
    details: { backend, reason: expect.stringMatching(reason) as string },
  });

describe('openBackend', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('says why a backend is not available', async () => {
    await expect(openBackend('webgpu')).rejects.toEqual(unavailable('webgpu', /not supported/));
  });

  it('says so where WebAssembly is missing, or may not be compiled', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    await expect(openBackend('wasm')).rejects.toEqual(unavailable('wasm', /not supported/));
    vi.unstubAllGlobals();
    const refusal = new WebAssembly.CompileError("'wasm-unsafe-eval' is not an allowed source of script");
    vi.spyOn(WebAssembly, 'instantiate').mockRejectedValueOnce(refusal);
    await expect(openBackend('wasm')).rejects.toEqual(unavailable('wasm', /could not be compiled: 'wasm-unsafe-eval'/));
    (await openBackend('wasm')).dispose();
  });

  it('makes no network once it is disposed', async () => {
    const backend = await openBackend('wasm');
    expect(backend.deviceKey).toBe('wasm:simd:fused');
    backend.dispose();
    const spec = networkSpec('logistic', 40);
    expect(() => backend.createNetwork(spec, learnedState(spec, 1))).toThrow(
      expect.objectContaining({ code: 'COMPUTE_FAILED' }),
    );
  });

  it.each(['cpu', 'wasm'] as const)('opens %s twice, each with memory of its own', async (name) => {
    const spec = networkSpec('logistic', 40);
    const state = learnedState(spec, 1);
    const [first, second] = [await openBackend(name), await openBackend(name)];
    const networks = [first, second].map((backend) => backend.createNetwork(spec, state));
    for (const network of networks) await network.learn(randomBatch(spec, 2));
    const [afterOne, afterOther] = await Promise.all(networks.map((network) => network.state()));
    expect(afterOne).toEqual(afterOther);
    first.dispose();
    await networks[1]!.learn(randomBatch(spec, 3));
    expect((await networks[1]!.state()).step).toBe(state.step + 2);
    await expect(networks[0]!.learn(randomBatch(spec, 3))).rejects.toEqual(
      expect.objectContaining({ code: 'COMPUTE_FAILED' }),
    );
    second.dispose();
    second.dispose();
  });
});
