import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/compute/open-backend.ts';
import { learnedState, networkSpec, randomBatch } from '../conformance/compute-fixtures.ts';
import { openInNode, wasmPath } from '../conformance/compute-open-in-node.ts';

const unavailable = (backend: string, reason: RegExp): unknown =>
  expect.objectContaining({
    code: 'BACKEND_UNAVAILABLE',
    details: { backend, reason: expect.stringMatching(reason) as string },
  });

describe('openBackend', () => {
  it('says why a backend is not available', async () => {
    await expect(openBackend('webgpu')).rejects.toEqual(unavailable('webgpu', /not supported/));
    await expect(openBackend('wasm')).rejects.toEqual(unavailable('wasm', /no URL/));
    await expect(openBackend('wasm', { wasmUrl: '/no/such/file.wasm' })).rejects.toEqual(unavailable('wasm', /ENOENT/));
    await expect(openBackend('wasm', { wasmUrl: import.meta.filename })).rejects.toEqual(
      unavailable('wasm', /compiled/),
    );
  });

  it('takes a path, a file URL and a data URL of the WebAssembly binary', async () => {
    const { readFile } = await import('node:fs/promises');
    const base64 = (await readFile(wasmPath)).toString('base64');
    for (const wasmUrl of [wasmPath, `file://${wasmPath}`, `data:application/wasm;base64,${base64}`]) {
      const backend = await openBackend('wasm', { wasmUrl });
      expect(backend.deviceKey).toBe('wasm:simd');
      backend.dispose();
    }
  });

  it.each(['cpu', 'wasm'] as const)('opens %s twice, each with memory of its own', async (name) => {
    const spec = networkSpec('logistic', 40);
    const state = learnedState(spec, 1);
    const [first, second] = [await openInNode(name), await openInNode(name)];
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
