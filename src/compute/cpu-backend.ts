import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu/dist/backend_cpu.js';
import { batchMatMul } from '@tensorflow/tfjs-backend-cpu/dist/kernels/BatchMatMul.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ComputeBackend } from './compute.ts';
import { createHostBackend } from './host-backend.ts';
import type { HostTensors } from './host-tensors.ts';

/** The backend that is always there: tfjs in plain JavaScript. */
export function openCpuBackend(): ComputeBackend {
  return createHostBackend(new CpuTensors(), 'cpu');
}

class CpuTensors implements HostTensors {
  readonly name = 'cpu';
  readonly #backend = new MathBackendCPU();
  #bytes = 0;

  constructor() {
    // tfjs prints advice about another package on first use in Node; a library has no business printing.
    Object.assign(this.#backend, { firstUse: false });
  }

  upload(values: Float32Array, shape: [number, number]): TensorInfo {
    return this.#counted(this.#backend.makeTensorInfo(shape, 'float32', values));
  }

  matMul(a: TensorInfo, b: TensorInfo, transposeB: boolean): TensorInfo {
    return this.#counted(
      batchMatMul({ inputs: { a, b }, backend: this.#backend, attrs: { transposeA: false, transposeB } }),
    );
  }

  values(tensor: TensorInfo): Float32Array {
    return this.#backend.data.get(tensor.dataId).values as Float32Array;
  }

  release(tensor: TensorInfo): void {
    this.#bytes -= this.values(tensor).byteLength;
    this.#backend.disposeData(tensor.dataId);
  }

  tensorCount(): number {
    return this.#backend.numDataIds();
  }

  bytesAllocated(): number {
    return this.#bytes;
  }

  dispose(): void {
    this.#backend.dispose();
  }

  #counted(tensor: TensorInfo): TensorInfo {
    this.#bytes += this.values(tensor).byteLength;
    return tensor;
  }
}
