import { openBackend } from '../../src/compute/open-backend.ts';
import { describeAgainstTfjs } from './compute-autodiff-cases.ts';

for (const name of ['cpu', 'wasm', 'webgpu'] as const) describeAgainstTfjs(name, openBackend);
