import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu/dist/webgpu_program.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGpuTensors } from '../webgpu/tensors.ts';
import { computeFailed } from '../compute-failed.ts';

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
  { backend, device }: WebGpuTensors,
  length: number,
  dtype: 'int32' | 'float32',
): Promise<ResidentBuffer> {
  device.pushErrorScope('out-of-memory');
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: 4 * length, usage });
  const error = await device.popErrorScope();
  if (error) throw computeFailed('webgpu', `the GPU has no room for ${4 * length} bytes: ${error.message}`);
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

/** Records a run of a program that writes into `output`. @param uniforms integers, in the order in which the program declares them */
export function run(
  { backend }: WebGpuTensors,
  program: WebGPUProgram,
  inputs: TensorInfo[],
  output: TensorInfo,
  uniforms: readonly number[],
): void {
  const data = uniforms.map((value) => ({ type: 'int32', data: [value] }));
  backend.runWebGPUProgram(program, inputs, output.dtype, data, output);
}
