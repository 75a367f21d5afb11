import { expect, it } from 'vitest';
import { digestOfLearning, wasmDigest } from './compute-bits.ts';
import { openInNode } from './compute-open-in-node.ts';

it('WebAssembly gives the bits in Node that it gives everywhere', async () => {
  const backend = await openInNode('wasm');
  expect(await digestOfLearning(backend)).toBe(wasmDigest);
  backend.dispose();
});
