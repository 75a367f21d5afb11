import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js';
import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu/dist/webgpu_program.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { computeFailed } from './check-candidates.ts';

/** The device that candidates live on, and tfjs's backend, which owns it and records programs. */
export interface CandidateGpu {
  readonly backend: WebGPUBackend;
  readonly device: GPUDevice;
  /** @throws COMPUTE_FAILED once the device is lost or has failed */
  assertUsable(): void;
}

/** A buffer of our own that programs see as a flat tensor: tfjs would keep it in its pool for ever, ours is given back. */
export interface ResidentBuffer {
  readonly tensor: TensorInfo;
  readonly bytes: number;
  /** Writes 4-byte numbers from `first` to before `end` to the same place; before anything that is not submitted yet. */
  write(values: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>, first: number, end: number): void;
  /** What uses it must have been submitted. */
  destroy(): void;
}

/** @param length 4-byte numbers @throws COMPUTE_FAILED where the device has no memory left; the device stays usable */
export async function createResidentBuffer(
  { backend, device }: CandidateGpu,
  length: number,
  dtype: 'int32' | 'float32',
): Promise<ResidentBuffer> {
  device.pushErrorScope('out-of-memory');
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: 4 * length, usage });
  const error = await device.popErrorScope();
  if (error) throw computeFailed('webgpu', `${4 * length} bytes were refused: ${error.message}`);
  const tensor = backend.makeTensorInfo([length], dtype);
  Object.assign(backend.tensorMap.get(tensor.dataId), { resource: buffer, external: true });
  return {
    tensor,
    bytes: 4 * length,
    write(values, first, end) {
      device.queue.writeBuffer(buffer, 4 * first, values, first, end - first);
    },
    destroy() {
      backend.disposeData(tensor.dataId);
      buffer.destroy();
    },
  };
}

/** A tensor from tfjs's pool, filled now. A buffer that commands not yet submitted use is not in the pool. */
export function upload(
  { backend, device }: CandidateGpu,
  values: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
): TensorInfo {
  const tensor = backend.makeTensorInfo([values.length], values instanceof Int32Array ? 'int32' : 'float32');
  backend.uploadToGPU(tensor.dataId);
  device.queue.writeBuffer(bufferOf(backend, tensor), 0, values);
  return tensor;
}

/** Records a run of a program that writes into `output`. @param uniforms in the order in which the program declares them */
export function run(
  { backend }: CandidateGpu,
  program: WebGPUProgram,
  inputs: TensorInfo[],
  output: TensorInfo,
  uniforms: readonly number[],
): void {
  const data = uniforms.map((value) => ({ type: 'int32', data: [value] }));
  backend.runWebGPUProgram(program, inputs, output.dtype, data, output);
}

export function submit({ backend }: CandidateGpu): void {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
}

/** Copies a tensor out; the copy, and all that was recorded before, is submitted before the promise is returned. */
export async function read(gpu: CandidateGpu, tensor: TensorInfo): Promise<ArrayBuffer> {
  const values = await gpu.backend.getBufferData(bufferOf(gpu.backend, tensor));
  // A shader that does not compile leaves zeros and says so only through the device's uncapturederror event.
  gpu.assertUsable();
  return values;
}

function bufferOf(backend: WebGPUBackend, tensor: TensorInfo): GPUBuffer {
  return backend.tensorMap.get(tensor.dataId).resource as GPUBuffer;
}
