import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js';

/**
 * Watches what tfjs makes on a device. It compiles a shader when it first runs and looks at no error: one that does not compile, or a buffer that there is no
 * room for, leaves zeros behind. Here every shader module, and every buffer of tfjs's pool, is made in an error scope of its own; both are kept, and so rare.
 */
export class WebGpuGuard {
  readonly #device: GPUDevice;
  readonly #onFailure: (reason: string) => void;
  readonly #pending = new Set<Promise<void>>();

  /** Takes the place of the device's `createShaderModule` and of the pool's `createBuffer`; buffers that others make are theirs to watch. */
  constructor(backend: WebGPUBackend, onFailure: (reason: string) => void) {
    const { device } = backend;
    this.#device = device;
    this.#onFailure = onFailure;
    const createShaderModule = device.createShaderModule.bind(device);
    device.createShaderModule = (descriptor) =>
      this.#watched(
        'validation',
        (reason) => `a shader does not compile: ${reason}`,
        () => createShaderModule(descriptor),
      );
    const pool = backend.bufferManager as unknown as { device: Pick<GPUDevice, 'createBuffer'> };
    pool.device = {
      createBuffer: (descriptor) =>
        this.#watched(
          'out-of-memory',
          (reason) => outOfMemory(`no buffer of ${descriptor.size} bytes (${reason})`),
          () => device.createBuffer(descriptor),
        ),
    };
  }

  /** Resolves when the device has said of everything made so far whether it could be made; the failures were told by then. */
  async settled(): Promise<void> {
    if (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #watched<T>(filter: GPUErrorFilter, explain: (reason: string) => string, make: () => T): T {
    this.#device.pushErrorScope(filter);
    try {
      return make();
    } finally {
      // Of a device that is lost nothing more is to be heard here; its loss is told elsewhere.
      const check = this.#device.popErrorScope().then(
        (error) => {
          if (error) this.#onFailure(explain(error.message));
        },
        () => undefined,
      );
      this.#pending.add(check);
      void check.then(() => this.#pending.delete(check));
    }
  }
}

export function outOfMemory(reason: string): string {
  return `the GPU is out of memory: ${reason}`;
}
