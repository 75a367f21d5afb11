import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendName } from './compute.ts';

/**
 * The few tensor operations that a network needs of a tfjs backend whose memory this thread can see (cpu, wasm).
 * tfjs's kernels are called directly on a backend instance, never through its global engine: the engine has one active
 * backend, and networks on different backends must be able to run side by side.
 */
export interface HostTensors {
  readonly name: BackendName;
  /** A tensor with these values; may keep a view on `values` instead of a copy. */
  upload(values: Float32Array, shape: [number, number]): TensorInfo;
  /** a·b, or a·bᵀ. */
  matMul(a: TensorInfo, b: TensorInfo, transposeB: boolean): TensorInfo;
  /** The live values, valid until the next tensor is made. */
  values(tensor: TensorInfo): Float32Array;
  release(tensor: TensorInfo): void;
  tensorCount(): number;
  bytesAllocated(): number;
  dispose(): void;
}
