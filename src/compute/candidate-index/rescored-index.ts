import { SerialQueue } from '../../core/serial-queue.ts';
import { computeFailed } from '../compute-failed.ts';
import { BestSlots } from './best-slots.ts';
import type { CandidateHits, CandidateIndex } from './candidate-index.ts';
import { checkedRows, checkSearch, type ParsedCandidateOptions } from './check-candidates.ts';

/** Candidates that are scored anew, for each one asked for. */
const widening = 4;
const rowsOfChunk = 8192;

/**
 * An index of rounded rows that keeps them as given beside it, and orders the best of what the rounded ones find by their inner products in double
 * precision. Calls wait for each other, because a row must not change between the two.
 */
export class RescoredIndex implements CandidateIndex {
  readonly #inner: CandidateIndex;
  readonly #options: ParsedCandidateOptions;
  readonly #chunks: Float32Array[] = [];
  readonly #turns = new SerialQueue();
  #disposed = false;

  /** @param inner made without rows, for inner products: what it is given has length 1 already where cosines are asked for */
  constructor(inner: CandidateIndex, options: ParsedCandidateOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  get backend() {
    return this.#inner.backend;
  }

  get features(): number {
    return this.#inner.features;
  }

  get storage() {
    return this.#inner.storage;
  }

  get count(): number {
    return this.#inner.count;
  }

  async add(values: Float32Array): Promise<Int32Array<ArrayBuffer>> {
    const { rows } = checkedRows('rows', values, this.#options);
    return this.#turns.run(async () => {
      const slots = await this.#inner.add(rows);
      this.#assertUsable();
      this.#keep(slots, rows);
      return slots;
    });
  }

  async replace(slots: ArrayLike<number>, values: Float32Array): Promise<void> {
    const { rows } = checkedRows('rows', values, this.#options);
    const given = Array.from(slots);
    return this.#turns.run(async () => {
      await this.#inner.replace(given, rows);
      this.#assertUsable();
      this.#keep(given, rows);
    });
  }

  async remove(slots: ArrayLike<number>): Promise<void> {
    const given = Array.from(slots);
    return this.#turns.run(() => this.#inner.remove(given));
  }

  async search(values: Float32Array, k: number): Promise<CandidateHits> {
    const { rows: queries, count } = checkedRows('queries', values, this.#options);
    return this.#turns.run(async () => {
      checkSearch(count, k, this.count);
      const wider = Math.min(widening * k, this.count);
      const found = await this.#inner.search(queries, wider);
      this.#assertUsable();
      const hits = { slots: new Int32Array(count * k), scores: new Float32Array(count * k) };
      for (let query = 0; query < count; query++) {
        const slots = found.slots.subarray(query * wider, (query + 1) * wider).sort();
        this.#best(queries.subarray(query * this.features, (query + 1) * this.features), slots, k, hits, query * k);
      }
      return hits;
    });
  }

  memory(): { deviceBytes: number; hostBytes: number } {
    const { deviceBytes, hostBytes } = this.#inner.memory();
    return { deviceBytes, hostBytes: hostBytes + this.#chunks.reduce((sum, { byteLength }) => sum + byteLength, 0) };
  }

  dispose(): void {
    this.#disposed = true;
    this.#inner.dispose();
    this.#chunks.length = 0;
  }

  #best(query: Float32Array, slots: Int32Array, k: number, hits: CandidateHits, at: number): void {
    const best = new BestSlots(k);
    for (const slot of slots) {
      const [chunk, start] = this.#placeOf(slot);
      let sum = 0;
      for (let i = 0; i < query.length; i++) sum += query[i]! * chunk[start + i]!;
      const score = Math.fround(sum);
      if (score > best.floor) best.push(slot, score);
    }
    best.drainInto(hits.slots, hits.scores, at);
  }

  #keep(slots: ArrayLike<number>, rows: Float32Array): void {
    for (let row = 0; row < slots.length; row++) {
      while (this.#chunks.length * rowsOfChunk <= slots[row]!) {
        this.#chunks.push(new Float32Array(rowsOfChunk * this.features));
      }
      const [chunk, start] = this.#placeOf(slots[row]!);
      chunk.set(rows.subarray(row * this.features, (row + 1) * this.features), start);
    }
  }

  #placeOf(slot: number): [Float32Array, number] {
    return [this.#chunks[Math.floor(slot / rowsOfChunk)]!, (slot % rowsOfChunk) * this.features];
  }

  /** It may have been disposed while the other index was at work: then the rows as given are gone. */
  #assertUsable(): void {
    if (this.#disposed) throw computeFailed(this.backend, 'the index was disposed');
  }
}
