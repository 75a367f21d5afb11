import type { Address } from './kernels.ts';
import type { WasmHeap } from './wasm-heap.ts';

/**
 * What one call works on: its batch, activations, slopes. Calls follow one another and leave nothing behind, so that all networks of a backend share one block,
 * as large as the largest of them needs.
 */
export class CallMemory {
  readonly #heap: WasmHeap;
  #base: Address = 0;
  #bytes = 0;
  #generation = 0;

  constructor(heap: WasmHeap) {
    this.#heap = heap;
  }

  get base(): Address {
    return this.#base;
  }

  /** Another number for each block there ever was: one may begin where an earlier, larger one did. */
  get generation(): number {
    return this.#generation;
  }

  /** Makes the block at least so large. @throws RangeError where there is no memory; there is no block then */
  reserve(bytes: number): void {
    if (bytes <= this.#bytes) return;
    this.release();
    this.#base = this.#heap.allocate(bytes);
    this.#bytes = bytes;
    this.#generation += 1;
  }

  release(): void {
    if (this.#bytes === 0) return;
    this.#heap.free(this.#base);
    this.#base = 0;
    this.#bytes = 0;
    this.#generation += 1;
  }
}
