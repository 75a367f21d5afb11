import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js';
import { reasonOf } from '../../errors.ts';
import type { ComputeBackend } from '../compute.ts';
import { requestDevice, unavailable } from './device.ts';
import { outOfMemory, WebGpuGuard } from './guard.ts';
import { WebGpuNetwork } from './webgpu-network.ts';
import { WebGpuTensors, type WgslLanguage } from './tensors.ts';
import { gpuTiling, processorTiling, type Tiling } from './tiling.ts';

/** A backend on a GPU, with what else runs on its device. */
export interface WebGpuComputeBackend extends ComputeBackend {
  /** Tensors and programs on the same device, for what is no network; they fail when the backend does and end with it. */
  readonly tensors: WebGpuTensors;
}

/**
 * tfjs's WebGPU backend on a device of our own: tfjs listens neither for the loss of its device nor for errors.
 * @param gpu `navigator.gpu`
 * @param given how programs are shared out; by default as the adapter asks for
 * @throws BACKEND_UNAVAILABLE
 */
export async function openWebGpuBackend(gpu: GPU | undefined, given?: Tiling): Promise<WebGpuComputeBackend> {
  const { device, info } = await requestDevice(gpu);
  const tiling = given ?? (info?.isFallbackAdapter ? processorTiling : gpuTiling);
  const networks = new Set<WebGpuNetwork>();
  let disposed = false;
  let onLost: (reason: string) => void;
  const lost = new Promise<string>((resolve) => (onLost = resolve));
  const give = (reason: string): void => {
    if (disposed) return;
    tensors.fail(reason);
    onLost(reason);
  };
  const backend = createTfjsBackend(device, info);
  const tensors = new WebGpuTensors(backend, new WebGpuGuard(backend, give), tiling, languageOf(gpu));
  // After an uncaptured error results may be zeros, so that it is as final as the loss of the device.
  device.addEventListener('uncapturederror', ({ error }) => give(explain(error)));
  void device.lost.then(({ reason, message }) => give(message || `the GPU device was lost (${reason})`));
  return {
    name: 'webgpu',
    deviceKey: deviceKey(info),
    lost,
    tensors,
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

/** Not every browser says so. */
function languageOf(gpu: Partial<GPU> | undefined): WgslLanguage {
  return gpu?.wgslLanguageFeatures ?? new Set<string>();
}

function createTfjsBackend(device: GPUDevice, info: GPUAdapterInfo | undefined): WebGPUBackend {
  try {
    return new WebGPUBackend(device, info);
  } catch (caught) {
    device.destroy();
    throw unavailable(reasonOf(caught), caught);
  }
}

function explain(error: GPUError): string {
  return error instanceof GPUOutOfMemoryError ? outOfMemory(error.message) : error.message;
}

/** Browsers leave parts of the adapter's description empty to resist fingerprinting. */
function deviceKey(info: GPUAdapterInfo | undefined): string {
  const parts = [info?.vendor, info?.architecture].map((part) => part || 'unknown');
  return ['webgpu', ...parts, ...(info?.isFallbackAdapter ? ['fallback'] : [])].join(':');
}
