import { asTendrilError } from '../../errors.ts';
import type { WebGpuTensors } from '../webgpu-tensors.ts';
import { candidateLimits, type CandidateHits, type CandidateIndex, type CandidateStorage } from './candidate-index.ts';
import {
  checkedRows,
  checkSearch,
  computeFailed,
  data,
  largestStored,
  type ParsedCandidateOptions,
} from './check-candidates.ts';
import { RowCodec } from './row-codec.ts';
import { SlotTable } from './slot-table.ts';
import { createResidentBuffer, type ResidentBuffer } from './webgpu-buffers.ts';
import { WebGpuChunks } from './webgpu-chunks.ts';
import { rowsOfGroup } from './webgpu-programs.ts';
import { passQueries, WebGpuSearch } from './webgpu-search.ts';

/** What is there beside the rows, for as many slots as there is room for. */
interface Beside {
  readonly taken: ResidentBuffer;
  readonly scales: ResidentBuffer | undefined;
  readonly scores: ResidentBuffer;
  readonly maxima: ResidentBuffer;
}

/**
 * An index in the buffers of a GPU. A search is a dispatch for each buffer of rows and two more, and reads back about k · 260 bytes a query.
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
  #beside: Beside | undefined;
  #last: Promise<unknown> = Promise.resolve();
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
      const { rows: capacity, chunks } = this.#chunks;
      const rows = { codec: this.#codec, chunks, capacity, end: this.#slots.end, ...this.#besideRows() };
      // In an object, so that the turn ends when all is recorded.
      return { hits: this.#search.search(rows, queries, count, k) };
    });
    return this.#settled(pending.hits);
  }

  memory(): { deviceBytes: number; hostBytes: number } {
    const beside = this.#beside ? (Object.values(this.#beside) as (ResidentBuffer | undefined)[]) : [];
    return {
      deviceBytes: beside.reduce((sum, buffer) => sum + (buffer?.bytes ?? 0), this.#chunks.bytes),
      hostBytes: this.#disposed ? 0 : this.#slots.bytes + this.#scales.byteLength,
    };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    // What is recorded and not submitted uses buffers that go now.
    this.#tensors.submit();
    this.#chunks.destroy();
    this.#destroyBeside();
  }

  #checked(values: Float32Array): { rows: Float32Array<ArrayBuffer>; count: number } {
    this.#assertUsable();
    return checkedRows('rows', values, this.#options, largestStored(this.#options));
  }

  async #reserve(end: number): Promise<void> {
    const before = this.#chunks.rows;
    await this.#chunks.reserve(before === 0 ? Math.max(end, this.#options.capacity) : end);
    this.#assertUsable();
    if (this.#chunks.rows === before && this.#beside) return;
    const rows = this.#chunks.rows;
    const create = (length: number, dtype: 'int32' | 'float32') => createResidentBuffer(this.#tensors, length, dtype);
    const isCoded = this.storage === 'int8';
    const beside = {
      taken: await create(rows / 32, 'int32'),
      scales: isCoded ? await create(rows, 'float32') : undefined,
      scores: await create(passQueries * rows, 'float32'),
      maxima: await create((passQueries * rows) / rowsOfGroup, 'float32'),
    };
    this.#destroyBeside();
    this.#beside = beside;
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

  #besideRows(): Beside {
    if (!this.#beside) throw computeFailed('webgpu', 'the index has no buffers');
    return this.#beside;
  }

  #destroyBeside(): void {
    if (!this.#beside) return;
    for (const buffer of Object.values(this.#beside) as (ResidentBuffer | undefined)[]) buffer?.destroy();
    this.#beside = undefined;
  }

  /** Runs `record` when all that was called before has recorded its work. */
  async #inTurn<T>(record: () => T | Promise<T>): Promise<T> {
    const work = async (): Promise<T> => {
      this.#assertUsable();
      return record();
    };
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
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
