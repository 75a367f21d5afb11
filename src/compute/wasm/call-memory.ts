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

  constructor(heap: WasmHeap) {
    this.#heap = heap;
  }

  /** Where the block is; another one after it had to become larger. */
  get base(): Address {
    return this.#base;
  }

  /** Makes the block at least so large. @throws RangeError where there is no memory */
  reserve(bytes: number): void {
    if (bytes <= this.#bytes) return;
    this.release();
    this.#base = this.#heap.allocate(bytes);
    this.#bytes = bytes;
  }

  release(): void {
    if (this.#bytes === 0) return;
    this.#heap.free(this.#base);
    this.#base = 0;
    this.#bytes = 0;
  }
}
