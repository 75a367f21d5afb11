import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js';
import { reasonOf, TendrilError } from '../errors.ts';
import type { ComputeBackend } from './compute.ts';
import { WebGpuNetwork } from './webgpu-network.ts';
import { WebGpuTensors } from './webgpu-tensors.ts';

/**
 * tfjs's WebGPU backend on a device of our own: tfjs listens neither for the loss of its device nor for uncaptured errors.
 * @param gpu `navigator.gpu`
 * @throws BACKEND_UNAVAILABLE
 */
export async function openWebGpuBackend(gpu: GPU | undefined): Promise<ComputeBackend> {
  const { device, info } = await requestDevice(gpu);
  const tensors = new WebGpuTensors(createTfjsBackend(device, info), device);
  const networks = new Set<WebGpuNetwork>();
  let disposed = false;
  const lost = new Promise<string>((resolve) => {
    const give = (reason: string): void => {
      if (disposed) return;
      tensors.fail(reason);
      resolve(reason);
    };
    // After an uncaptured error results may be zeros, so that it is as final as the loss of the device.
    device.addEventListener('uncapturederror', ({ error }) => give(error.message));
    void device.lost.then(({ reason, message }) => give(message || `the GPU device was lost (${reason})`));
  });
  return {
    name: 'webgpu',
    deviceKey: deviceKey(info),
    lost,
    createNetwork(spec, state) {
      const network: WebGpuNetwork = new WebGpuNetwork(tensors, spec, state, () => networks.delete(network));
      networks.add(network);
      return network;
    },
    memory: () => tensors.memory(),
    dispose() {
      if (disposed) return;
      disposed = true;
      for (const network of networks) network.dispose();
      tensors.dispose();
    },
  };
}

async function requestDevice(gpu: GPU | undefined): Promise<{ device: GPUDevice; info: GPUAdapterInfo | undefined }> {
  if (!gpu) throw unavailable('WebGPU is not supported here');
  try {
    // These networks are bound by dispatches, not by arithmetic: the integrated GPU is as fast and spares the battery.
    const adapter = await gpu.requestAdapter({ powerPreference: 'low-power' });
    if (!adapter) throw unavailable('there is no WebGPU adapter');
    return { device: await adapter.requestDevice(), info: adapter.info };
  } catch (caught) {
    if (caught instanceof TendrilError) throw caught;
    throw unavailable(reasonOf(caught), caught);
  }
}

function createTfjsBackend(device: GPUDevice, info: GPUAdapterInfo | undefined): WebGPUBackend {
  try {
    return new WebGPUBackend(device, info);
  } catch (caught) {
    device.destroy();
    throw unavailable(reasonOf(caught), caught);
  }
}

/** Browsers leave parts of the adapter's description empty to resist fingerprinting. */
function deviceKey(info: GPUAdapterInfo | undefined): string {
  const parts = [info?.vendor, info?.architecture].map((part) => part || 'unknown');
  return ['webgpu', ...parts, ...(info?.isFallbackAdapter ? ['fallback'] : [])].join(':');
}

function unavailable(reason: string, cause?: unknown): TendrilError {
  return new TendrilError('BACKEND_UNAVAILABLE', { backend: 'webgpu', reason }, { cause });
}
