import { expect, it } from 'vitest';
import { openBackend } from '../../src/compute/open-backend.ts';
import { digestOfLearning, wasmDigest } from './compute-bits.ts';

it('WebAssembly gives the bits in Node that it gives everywhere', async () => {
  const backend = await openBackend('wasm');
  expect(await digestOfLearning(backend)).toBe(wasmDigest);
  backend.dispose();
});
