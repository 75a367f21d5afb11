import type { BackendName, ComputeBackend } from './compute.ts';
import { openCpuBackend } from './cpu/cpu-backend.ts';

export interface OpenBackendOptions {
  /** Where WebGPU adapters come from; `navigator.gpu` where it is not given. */
  readonly gpu?: GPU;
}

/**
 * Opens a compute backend; its code is loaded by that, because most tasks have nothing to compute on one. Opening a name again gives an independent backend; several can be in use side by side.
 * @throws BACKEND_UNAVAILABLE with the reason; never for 'cpu'
 */
export async function openBackend(name: BackendName, options: OpenBackendOptions = {}): Promise<ComputeBackend> {
  switch (name) {
    case 'cpu':
      return openCpuBackend();
    case 'wasm':
      return (await import('./wasm/wasm-backend.ts')).openWasmBackend();
    case 'webgpu':
      return (await import('./webgpu/webgpu-backend.ts')).openWebGpuBackend(options.gpu ?? navigatorGpu());
  }
}

/** Node has no `navigator` before 21, old browsers no `gpu`. */
function navigatorGpu(): GPU | undefined {
  return (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
}
