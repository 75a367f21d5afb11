import type { TensorInfo } from '@tensorflow/tfjs-core';
import { computeFailed } from '../compute-failed.ts';
import type { WebGpuTensors } from './tensors.ts';

/** A buffer of our own that programs see as a flat tensor: tfjs would keep it in its pool for ever, ours is given back. A backend does not count its bytes. */
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
  if (error) {
    buffer.destroy();
    throw computeFailed('webgpu', `the GPU has no room for ${4 * length} bytes: ${error.message}`);
  }
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
