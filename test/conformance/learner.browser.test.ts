/// <reference types="vite/client" />
import wasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { openBackend } from '../../src/compute/open-backend.ts';
import { completeModel } from './learner-adapters.ts';
import { describeLearner } from './learner-cases.ts';

// The GPU here is a software one: the same cases with fewer lessons, and within what WebGPU promises.
const options = { cpu: {}, wasm: {}, webgpu: { effort: 0.3, tolerance: 1e-3 } } as const;

for (const backend of ['cpu', 'wasm', 'webgpu'] as const) {
  const open = () => openBackend(backend, { wasmUrl });
  describeLearner(completeModel('classification', backend, open, options[backend]));
  describeLearner(completeModel('ranking', backend, open, options[backend]));
}
