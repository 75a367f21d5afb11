import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js';
import { createCandidateIndex } from '../../src/compute/candidate-index/create-candidate-index.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import { describeCandidateAgreement, describeCandidateIndex, type CandidateBackend } from './candidate-index-cases.ts';

const open = async (name: BackendName): Promise<CandidateBackend> => {
  if (name !== 'webgpu')
    return { create: (options) => createCandidateIndex(options, { backend: 'cpu' }), dispose: () => {} };
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  device.addEventListener('uncapturederror', ({ error }) => console.error(error.message));
  const backend = new WebGPUBackend(device, adapter!.info);
  const gpu = { backend, device, assertUsable: () => {} };
  return {
    create: (options) => createCandidateIndex(options, { backend: 'webgpu', gpu }),
    dispose: () => {
      backend.dispose();
      device.destroy();
    },
  };
};

for (const name of ['cpu', 'webgpu'] as const) describeCandidateIndex(name, () => open(name));
describeCandidateAgreement(['cpu', 'webgpu'], open);
