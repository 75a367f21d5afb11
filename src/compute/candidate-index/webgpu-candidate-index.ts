import { asTendrilError } from '../../errors.ts';
import { computeFailed } from '../compute-failed.ts';
import { SerialQueue } from '../../core/serial-queue.ts';
import type { WebGpuTensors } from '../webgpu/tensors.ts';
import { candidateLimits, type CandidateHits, type CandidateIndex, type CandidateStorage } from './candidate-index.ts';
import { checkedRows, checkSearch, data, largestStored, type ParsedCandidateOptions } from './check-candidates.ts';
import { RowCodec } from './row-codec.ts';
import { SlotTable } from './slot-table.ts';
import { bytesBeside, createBuffersBeside, destroyBuffersBeside, type BuffersBeside } from './webgpu-buffers-beside.ts';
import { WebGpuChunks } from './webgpu-chunks.ts';
import { WebGpuSearch } from './webgpu-search.ts';

/**
 * An index in the buffers of a GPU. For every four queries a search is a dispatch for each buffer of rows and two more; it reads back 260 bytes for each of the k
 * candidates that a query asks for, rounded up to a power of four.
 * A call records its work when those before it have; what was recorded is done in that order by the device.
 */
export class WebGpuCandidateIndex implements CandidateIndex {
  readonly backend = 'webgpu';
  readonly features: number;
  readonly storage: CandidateStorage;
  readonly #tensors: WebGpuTensors;
  readonly #options: ParsedCandidateOptions;
  readonly #codec: RowCodec;
  readonly #chunks: WebGpuChunks;
  readonly #search: WebGpuSearch;
  readonly #slots = new SlotTable();
  #scales = new Float32Array(0);
  #beside: BuffersBeside | undefined;
  readonly #turns = new SerialQueue();
  #disposed = false;

  /** @param isPacked whether WGSL has `dot4I8Packed` here */
  constructor(tensors: WebGpuTensors, options: ParsedCandidateOptions, isPacked: boolean) {
    this.#tensors = tensors;
    this.#options = options;
    this.features = options.features;
    this.storage = options.storage;
    this.#codec = new RowCodec(options.features, options.storage);
    this.#chunks = new WebGpuChunks(tensors, this.#codec);
    this.#search = new WebGpuSearch(tensors, isPacked);
  }

  get count(): number {
    return this.#slots.count;
  }

  async add(values: Float32Array): Promise<Int32Array<ArrayBuffer>> {
    const { rows, count } = this.#checked(values);
    const slots = await this.#inTurn(async () => {
      if (this.count + count > candidateLimits.candidates) {
        throw data(`an index holds at most ${candidateLimits.candidates} candidates`);
      }
      await this.#reserve(this.#slots.endAfter(count));
      const taken = this.#slots.take(count);
      this.#write(taken, rows);
      return taken;
    });
    await this.#finished();
    return slots;
  }

  async replace(slots: ArrayLike<number>, values: Float32Array): Promise<void> {
    const { rows, count } = this.#checked(values);
    const given = Array.from(slots);
    await this.#inTurn(() => {
      const checked = this.#slots.checked(given);
      if (checked.length !== count) throw data(`${count} rows are given for ${checked.length} slots`);
      this.#write(checked, rows);
    });
    await this.#finished();
  }

  async remove(slots: ArrayLike<number>): Promise<void> {
    this.#assertUsable();
    const given = Array.from(slots);
    await this.#inTurn(() => {
      const checked = this.#slots.checked(given);
      this.#slots.release(checked);
      this.#writeTaken(checked);
    });
  }

  async search(values: Float32Array, k: number): Promise<CandidateHits> {
    this.#assertUsable();
    const { rows: queries, count } = checkedRows('queries', values, this.#options);
    const pending = await this.#inTurn(() => {
      checkSearch(count, k, this.count);
      const { chunks } = this.#chunks;
      const rows = { codec: this.#codec, chunks, end: this.#slots.end, ...this.#besideRows() };
      // In an object, so that the turn ends when all is recorded.
      return { hits: this.#search.search(rows, queries, count, k) };
    });
    return this.#settled(pending.hits);
  }

  memory(): { deviceBytes: number; hostBytes: number } {
    return {
      deviceBytes: this.#chunks.bytes + bytesBeside(this.#beside),
      hostBytes: this.#disposed ? 0 : this.#slots.bytes + this.#scales.byteLength,
    };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    // What is recorded and not submitted uses buffers that go now.
    this.#tensors.submit();
    this.#destroy();
  }

  #checked(values: Float32Array): { rows: Float32Array<ArrayBuffer>; count: number } {
    this.#assertUsable();
    return checkedRows('rows', values, this.#options, largestStored(this.#options));
  }

  async #reserve(end: number): Promise<void> {
    await this.#chunks.reserve(this.#chunks.rows === 0 ? Math.max(end, this.#options.capacity) : end);
    const { rows } = this.#chunks;
    if (rows === (this.#beside?.capacity ?? 0)) return;
    const beside = await createBuffersBeside(this.#tensors, rows, this.storage === 'int8');
    destroyBuffersBeside(this.#beside);
    this.#beside = beside;
    // Disposed while it waited.
    if (this.#disposed) this.#destroy();
    this.#assertUsable();
    this.#slots.growTo(rows);
    beside.taken.write(this.#slots.bits, 0, rows / 32);
    if (!beside.scales) return;
    const scales = new Float32Array(rows);
    scales.set(this.#scales);
    this.#scales = scales;
    beside.scales.write(scales, 0, rows);
  }

  #write(slots: Int32Array, rows: Float32Array): void {
    if (slots.length === 0) return;
    const scales = this.#besideRows().scales;
    this.#chunks.write(slots, rows, scales && this.#scales);
    const { least, most } = rangeOf(slots);
    scales?.write(this.#scales, least, most + 1);
    this.#writeTaken(slots);
  }

  #writeTaken(slots: Int32Array): void {
    if (slots.length === 0) return;
    const { least, most } = rangeOf(slots);
    this.#besideRows().taken.write(this.#slots.bits, least >> 5, (most >> 5) + 1);
  }

  #besideRows(): BuffersBeside {
    if (!this.#beside) throw computeFailed('webgpu', 'the index has no buffers');
    return this.#beside;
  }

  #destroy(): void {
    this.#chunks.destroy();
    destroyBuffersBeside(this.#beside);
    this.#beside = undefined;
  }

  /** Runs `record` when all that was called before has recorded its work. */
  async #inTurn<T>(record: () => T | Promise<T>): Promise<T> {
    const turn = this.#turns.run(async () => {
      this.#assertUsable();
      return record();
    });
    return this.#settled(turn);
  }

  /** Otherwise a fast caller would queue without bound. */
  async #finished(): Promise<void> {
    await this.#settled(this.#tensors.finished());
    this.#assertUsable();
  }

  async #settled<T>(pending: Promise<T>): Promise<T> {
    try {
      return await pending;
    } catch (caught) {
      throw asTendrilError(caught, 'COMPUTE_FAILED', { backend: 'webgpu' });
    }
  }

  #assertUsable(): void {
    if (this.#disposed) throw computeFailed('webgpu', 'the index was disposed');
    this.#tensors.assertUsable();
  }
}

function rangeOf(slots: Int32Array): { least: number; most: number } {
  let [least, most] = [Infinity, -1];
  for (const slot of slots) {
    least = Math.min(least, slot);
    most = Math.max(most, slot);
  }
  return { least, most };
}
