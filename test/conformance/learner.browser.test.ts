/// <reference types="vite/client" />
import { openBackend } from '../../src/compute/open-backend.ts';
import { completeModel } from './learner-adapters.ts';
import { describeLearner } from './learner-cases.ts';

// The GPU here is a software one: the same cases with fewer lessons, and within what WebGPU promises.
const options = { cpu: { effort: 0.5 }, wasm: { effort: 0.5 }, webgpu: { effort: 0.3, tolerance: 1e-3 } } as const;

for (const kind of ['classification', 'ranking'] as const) {
  for (const backend of ['cpu', 'wasm', 'webgpu'] as const) {
    const where = `with a network on ${backend}`;
    const open = () => openBackend(backend);
    describeLearner(completeModel(kind, open, { where, hiddenSize: 16, ...options[backend] }));
  }
}
