import type { Address } from './kernels.ts';

const pageBytes = 65_536;
/** What a kernel may read or write behind the end of the last block. */
const slackBytes = 64;
/** So that no address is 0, which says that there is nothing. */
const firstAddress = 64;
/** Addresses stay positive as the 32-bit integers that they are handed over as. */
const mostBytes = 2 ** 31 - pageBytes;

interface Gap {
  start: Address;
  bytes: number;
}

/**
 * Blocks of one WebAssembly memory, each in the first gap that is large enough; one that is freed becomes one gap with those beside it. The memory grows and never shrinks, so
 * that its arrays have to be asked for again after an {@link allocate}.
 */
export class WasmHeap {
  readonly #memory: WebAssembly.Memory;
  /** By address; no two are next to each other. */
  readonly #gaps: Gap[] = [];
  readonly #blocks = new Map<Address, number>();
  #end = firstAddress;
  #floats: Float32Array<ArrayBuffer>;
  #words: Int32Array<ArrayBuffer>;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#floats = new Float32Array(memory.buffer);
    this.#words = new Int32Array(memory.buffer);
  }

  /** The memory as numbers; index = address / 4. */
  get floats(): Float32Array<ArrayBuffer> {
    return this.#floats;
  }

  get words(): Int32Array<ArrayBuffer> {
    return this.#words;
  }

  get bytes(): number {
    return this.#floats.byteLength;
  }

  /** A block of at least so many bytes, with whatever was there before. @throws RangeError where there is no memory */
  allocate(bytes: number): Address {
    const needed = Math.ceil(bytes / 16) * 16;
    const gap = this.#gaps.find((each) => each.bytes >= needed);
    const start = gap ? gap.start : this.#end;
    if (gap) {
      gap.start += needed;
      gap.bytes -= needed;
      if (gap.bytes === 0) this.#gaps.splice(this.#gaps.indexOf(gap), 1);
    } else this.#extend(needed);
    this.#blocks.set(start, needed);
    return start;
  }

  free(start: Address): void {
    const bytes = this.#blocks.get(start);
    if (bytes === undefined) throw new RangeError(`There is no block at ${start}`);
    this.#blocks.delete(start);
    const at = this.#gaps.findIndex((gap) => gap.start > start);
    this.#gaps.splice(at < 0 ? this.#gaps.length : at, 0, { start, bytes });
    this.#join();
  }

  /** Neighbouring gaps become one, and a gap at the end is given up. */
  #join(): void {
    for (let i = this.#gaps.length - 1; i > 0; i--) {
      const [before, gap] = [this.#gaps[i - 1]!, this.#gaps[i]!];
      if (before.start + before.bytes !== gap.start) continue;
      before.bytes += gap.bytes;
      this.#gaps.splice(i, 1);
    }
    const last = this.#gaps.at(-1);
    if (last && last.start + last.bytes === this.#end) {
      this.#end = last.start;
      this.#gaps.pop();
    }
  }

  #extend(bytes: number): void {
    const end = this.#end + bytes;
    const missing = end + slackBytes - this.bytes;
    if (end > mostBytes) throw new RangeError(`${end} bytes are more than a WebAssembly memory may have here`);
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / pageBytes));
      this.#floats = new Float32Array(this.#memory.buffer);
      this.#words = new Int32Array(this.#memory.buffer);
    }
    this.#end = end;
  }
}
