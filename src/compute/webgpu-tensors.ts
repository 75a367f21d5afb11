import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { TendrilError } from '../errors.ts';
import { toWebGpuProgram, type FusedProgram } from './webgpu-programs.ts';

/** Flat tensors on one WebGPU device, and fused programs over them. Throws COMPUTE_FAILED once the device has failed. */
export class WebGpuTensors {
  readonly #backend: WebGPUBackend;
  readonly #device: GPUDevice;
  #failure: string | undefined;

  constructor(backend: WebGPUBackend, device: GPUDevice) {
    this.#backend = backend;
    this.#device = device;
  }

  /** Marks the device as not to be used any more; the first reason is kept, because later errors follow from it. */
  fail(reason: string): void {
    this.#failure ??= reason;
  }

  assertUsable(): void {
    if (this.#failure !== undefined)
      throw new TendrilError('COMPUTE_FAILED', { backend: 'webgpu', reason: this.#failure });
  }

  upload(values: Float32Array<ArrayBuffer>): TensorInfo {
    const tensor = this.#backend.makeTensorInfo([values.length], 'float32');
    this.#backend.uploadToGPU(tensor.dataId);
    // tfjs would make and destroy a staging buffer for each upload. A direct write is safe: it happens before commands
    // that are not yet submitted, and a buffer used by one of those does not return to the pool before its submission.
    this.#device.queue.writeBuffer(this.#buffer(tensor), 0, values);
    return tensor;
  }

  /**
   * Records one run of a program.
   * @param uniforms values by name; those that the program does not declare are left out
   */
  run(
    program: FusedProgram,
    inputs: TensorInfo[],
    uniforms: Readonly<Record<string, number>>,
    outputLength: number,
    threads = outputLength,
  ): TensorInfo {
    const data = program.uniforms.map(({ name, type }) => ({
      type,
      data: [name === 'threads' ? threads : uniforms[name]!],
    }));
    return this.#backend.runWebGPUProgram(toWebGpuProgram(program, outputLength, threads), inputs, 'float32', data);
  }

  /** Submits what was recorded; without it, commands wait until some later reading needs them. */
  submit(): void {
    this.#backend.ensureCommandEncoderReady();
    this.#backend.endComputePassEncoder();
    this.#backend.submitQueue();
  }

  /** Resolves when the device has done all that was submitted. */
  async finished(): Promise<void> {
    await this.#device.queue.onSubmittedWorkDone();
  }

  /**
   * Copies a tensor out. The copy is submitted before the promise is returned, so that the tensor may be released at
   * once; tfjs's own `read` would need it to stay until the end.
   */
  async read(tensor: TensorInfo): Promise<Float32Array<ArrayBuffer>> {
    const values = new Float32Array(await this.#backend.getBufferData(this.#buffer(tensor)));
    // A shader that does not compile leaves zeros and says so only through the device's uncapturederror event.
    this.assertUsable();
    return values;
  }

  release(tensor: TensorInfo): void {
    this.#backend.disposeData(tensor.dataId);
  }

  memory(): { tensors: number; bytesAllocated: number } {
    return { tensors: this.#backend.numDataIds(), bytesAllocated: this.#backend.memory().numBytesAllocatedInGPU };
  }

  dispose(): void {
    this.fail('the backend was disposed');
    this.#backend.dispose();
    this.#device.destroy();
  }

  #buffer(tensor: TensorInfo): GPUBuffer {
    return this.#backend.tensorMap.get(tensor.dataId).resource as GPUBuffer;
  }
}
