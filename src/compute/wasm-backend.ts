import { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ComputeBackend } from './compute.ts';
import { createHostBackend } from './host-backend.ts';
import type { HostTensors } from './host-tensors.ts';
import { loadWasmModule, type TfjsWasmModule } from './wasm-module.ts';

/**
 * tfjs's WebAssembly backend, single-threaded with SIMD.
 * @param wasmUrl URL of tfjs-backend-wasm-simd.wasm or, in Node, its path; fetched now
 * @throws BACKEND_UNAVAILABLE
 */
export async function openWasmBackend(wasmUrl: string): Promise<ComputeBackend> {
  return createHostBackend(new WasmTensors(await loadWasmModule(wasmUrl)), 'wasm:simd');
}

/** The exported function behind tfjs's BatchMatMul kernel (kernels/BatchMatMul.ts). */
type BatchMatMul = (
  aId: number,
  aShape: Uint8Array,
  aRank: number,
  bId: number,
  bShape: Uint8Array,
  bRank: number,
  transposeA: boolean,
  transposeB: boolean,
  outId: number,
) => void;

class WasmTensors implements HostTensors {
  readonly name = 'wasm';
  readonly #module: TfjsWasmModule;
  readonly #backend: BackendWasm;
  readonly #batchMatMul: BatchMatMul;

  constructor(module: TfjsWasmModule) {
    this.#module = module;
    this.#backend = new BackendWasm(module);
    // Bound here and not by tfjs's kernel module, which keeps one binding for the whole process: two open backends
    // would call into each other's memory.
    const matrix = ['number', 'array', 'number'] as const;
    this.#batchMatMul = module.cwrap('BatchMatMul', null, [...matrix, ...matrix, 'number', 'number', 'number']);
  }

  upload(values: Float32Array, shape: [number, number]): TensorInfo {
    return this.#backend.makeOutput(shape, 'float32', undefined, values);
  }

  matMul(a: TensorInfo, b: TensorInfo, transposeB: boolean): TensorInfo {
    const output = this.#backend.makeOutput([a.shape[0]!, b.shape[transposeB ? 0 : 1]!], 'float32');
    // Rank 3 with a leading 1: that is what the kernel is written for.
    this.#batchMatMul(
      this.#id(a),
      matrixShape(a),
      3,
      this.#id(b),
      matrixShape(b),
      3,
      false,
      transposeB,
      this.#id(output),
    );
    return output;
  }

  values(tensor: TensorInfo): Float32Array {
    return this.#backend.typedArrayFromHeap(tensor) as Float32Array;
  }

  release(tensor: TensorInfo): void {
    this.#backend.disposeData(tensor.dataId);
  }

  tensorCount(): number {
    return this.#backend.numDataIds();
  }

  /** The heap, which grows and never shrinks. */
  bytesAllocated(): number {
    return this.#module.HEAPU8.byteLength;
  }

  dispose(): void {
    this.#backend.dispose();
  }

  #id(tensor: TensorInfo): number {
    return this.#backend.dataIdMap.get(tensor.dataId).id;
  }
}

function matrixShape(tensor: TensorInfo): Uint8Array {
  return new Uint8Array(Int32Array.of(1, ...tensor.shape).buffer);
}
