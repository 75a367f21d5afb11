import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu/dist/backend_cpu.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ComputeBackend } from './compute.ts';
import { createHostBackend } from './host-backend.ts';
import type { HostTensors } from './host-tensors.ts';
import { multiply, multiplyTransposed } from './multiply.ts';

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
    const [rows = 0, inner = 0] = a.shape;
    const columns = b.shape[transposeB ? 0 : 1] ?? 0;
    const out = new Float32Array(rows * columns);
    // Not tfjs's own kernel: on matrices of this size its general loops cost several times the arithmetic.
    (transposeB ? multiplyTransposed : multiply)(this.values(a), this.values(b), out, rows, inner, columns);
    return this.upload(out, [rows, columns]);
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
