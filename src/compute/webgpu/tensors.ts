import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { computeFailed } from '../compute-failed.ts';
import type { WebGpuGuard } from './guard.ts';
import { toWebGpuProgram, uniformData, type FusedProgram } from './programs.ts';
import type { Tiling } from './tiling.ts';

/** Names of the language's features that are there. */
export type WgslLanguage = Pick<ReadonlySet<string>, 'has'>;

/**
 * Flat tensors on one WebGPU device, and fused programs over them. What is called here is recorded or done at once, in order; nothing waits for the device but
 * the promises. Throws COMPUTE_FAILED once the device has failed.
 */
export class WebGpuTensors {
  /** tfjs's backend, which owns the device and records programs; the pool of buffers is its own. */
  readonly backend: WebGPUBackend;
  /** With the limits of the adapter, as far as there is a use for them. */
  readonly device: GPUDevice;
  /** What WGSL may be written with here. */
  readonly language: WgslLanguage;
  readonly tiling: Tiling;
  readonly #guard: WebGpuGuard;
  #failure: string | undefined;
  #disposed = false;

  constructor(backend: WebGPUBackend, guard: WebGpuGuard, tiling: Tiling, language: WgslLanguage) {
    this.backend = backend;
    this.tiling = tiling;
    this.device = backend.device;
    this.language = language;
    this.#guard = guard;
  }

  /** What one tensor may have. */
  get mostNumbers(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    return Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / 4);
  }

  /** Marks the device as not to be used any more; the first reason is kept, because later errors follow from it. */
  fail(reason: string): void {
    this.#failure ??= reason;
  }

  assertUsable(): void {
    if (this.#failure !== undefined) throw computeFailed('webgpu', this.#failure);
  }

  /**
   * Resolves when the device has said of every shader and buffer so far that it could be made.
   * @throws COMPUTE_FAILED when it could not: what was computed since may be zeros
   */
  async checked(): Promise<void> {
    await this.#guard.settled();
    this.assertUsable();
  }

  /**
   * Room for `length` numbers of 32 bits. What is in it is undefined.
   * @throws COMPUTE_FAILED when that is more than the device can have in one piece
   */
  allocate(length: number, type: 'float32' | 'int32' = 'float32'): TensorInfo {
    const limit = 4 * this.mostNumbers;
    if (4 * length > limit)
      throw computeFailed(
        'webgpu',
        `${4 * length} bytes are more than the ${limit} that this GPU can have in one piece`,
      );
    const tensor = this.backend.makeTensorInfo([length], type);
    this.backend.uploadToGPU(tensor.dataId);
    return tensor;
  }

  upload(values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): TensorInfo {
    const tensor = this.allocate(values.length, values instanceof Int32Array ? 'int32' : 'float32');
    this.write(tensor, values);
    return tensor;
  }

  /**
   * Copies `values` into a tensor from its number `offset` on. It happens before whatever is recorded and not yet submitted: a tensor that such commands use must
   * not be written to. tfjs would make and destroy a staging buffer for each upload.
   */
  write(tensor: TensorInfo, values: Float32Array | Int32Array, offset = 0): void {
    this.device.queue.writeBuffer(this.#buffer(tensor), 4 * offset, values as GPUAllowSharedBufferSource);
  }

  /**
   * Records one run of a program, of so many workgroups. What the program does not write of `output` stays; it cannot be an input.
   * @param uniforms values by name; those that the program does not declare are left out
   */
  run(
    program: FusedProgram,
    inputs: TensorInfo[],
    uniforms: Readonly<Record<string, number>>,
    output: TensorInfo,
    groups: number,
  ): void {
    const compiled = toWebGpuProgram(program, output.shape[0]!, groups);
    this.backend.runWebGPUProgram(compiled, inputs, output.dtype, uniformData(program, uniforms), output);
  }

  /** Submits what was recorded; without it, commands wait until some later reading needs them. */
  submit(): void {
    this.backend.ensureCommandEncoderReady();
    this.backend.endComputePassEncoder();
    this.backend.submitQueue();
  }

  /** Resolves when the device has done all that was submitted. @throws COMPUTE_FAILED */
  async finished(): Promise<void> {
    await this.device.queue.onSubmittedWorkDone();
    await this.checked();
  }

  /**
   * Copies `length` numbers out, and submits what was recorded. The copy is submitted before the promise is returned, so that the tensor may be released or
   * written to at once; tfjs's own `read` would need it to stay until the end.
   */
  async read(tensor: TensorInfo, offset = 0, length = tensor.shape[0]! - offset): Promise<Float32Array<ArrayBuffer>> {
    const buffers = this.backend.bufferManager;
    const staging = buffers.acquireBuffer(4 * length, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
    this.backend.ensureCommandEncoderReady();
    this.backend.endComputePassEncoder();
    // tfjs copies whole buffers only; in its encoder the copy needs no submission of its own.
    const { commandEncoder } = this.backend as unknown as { commandEncoder: GPUCommandEncoder };
    commandEncoder.copyBufferToBuffer(this.#buffer(tensor), 4 * offset, staging, 0, 4 * length);
    this.backend.submitQueue();
    await staging.mapAsync(GPUMapMode.READ);
    const values = new Float32Array(staging.getMappedRange().slice(0));
    staging.unmap();
    buffers.releaseBuffer(staging);
    await this.checked();
    return values;
  }

  release(tensor: TensorInfo): void {
    this.backend.disposeData(tensor.dataId);
  }

  memory(): { tensors: number; bytesAllocated: number } {
    if (this.#disposed) return { tensors: 0, bytesAllocated: 0 };
    return { tensors: this.backend.numDataIds(), bytesAllocated: this.backend.memory().numBytesAllocatedInGPU };
  }

  dispose(): void {
    this.#disposed = true;
    this.fail('the backend was disposed');
    this.backend.dispose();
    this.device.destroy();
  }

  #buffer(tensor: TensorInfo): GPUBuffer {
    return this.backend.tensorMap.get(tensor.dataId).resource as GPUBuffer;
  }
}
