import { createRequire } from 'node:module';
import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';

/** Path of the SIMD binary in the installed package. */
export const wasmPath = createRequire(import.meta.url).resolve(
  '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
);

export const openInNode = (name: BackendName): Promise<ComputeBackend> => openBackend(name, { wasmUrl: wasmPath });
