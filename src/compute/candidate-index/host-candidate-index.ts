import { asTendrilError } from '../../errors.ts';
import { computeFailed } from '../compute-failed.ts';
import type { BackendName } from '../compute.ts';
import { BestSlots } from './best-slots.ts';
import { candidateLimits, type CandidateHits, type CandidateIndex, type CandidateStorage } from './candidate-index.ts';
import { checkedRows, checkSearch, data, largestStored, type ParsedCandidateOptions } from './check-candidates.ts';
import { rowsAtOnce, type HostRows } from './host-rows.ts';
import { SlotTable } from './slot-table.ts';

/** An index over rows in this thread's memory; every call is done when it returns. */
export class HostCandidateIndex implements CandidateIndex {
  readonly backend: BackendName;
  readonly features: number;
  readonly storage: CandidateStorage;
  readonly #options: ParsedCandidateOptions;
  readonly #rows: HostRows;
  readonly #slots = new SlotTable();
  #disposed = false;

  constructor(backend: BackendName, options: ParsedCandidateOptions, rows: HostRows) {
    this.backend = backend;
    this.features = options.features;
    this.storage = options.storage;
    this.#options = options;
    this.#rows = rows;
  }

  get count(): number {
    return this.#slots.count;
  }

  async add(rows: Float32Array): Promise<Int32Array<ArrayBuffer>> {
    const parsed = this.#checked(rows);
    this.#reserve(parsed.count);
    const slots = this.#slots.take(parsed.count);
    this.#write(slots, parsed.rows);
    return slots;
  }

  async replace(slots: ArrayLike<number>, rows: Float32Array): Promise<void> {
    const parsed = this.#checked(rows);
    const checked = this.#slots.checked(slots);
    if (checked.length !== parsed.count) throw data(`${parsed.count} rows are given for ${checked.length} slots`);
    this.#write(checked, parsed.rows);
  }

  async remove(slots: ArrayLike<number>): Promise<void> {
    this.#assertUsable();
    const checked = this.#slots.checked(slots);
    this.#slots.release(checked);
  }

  async search(queries: Float32Array, k: number): Promise<CandidateHits> {
    this.#assertUsable();
    const { rows, count } = checkedRows('queries', queries, this.#options);
    checkSearch(count, k, this.count);
    this.#rows.setQueries(rows, count);
    const best = Array.from({ length: count }, () => new BestSlots(k));
    for (let first = 0; first < this.#slots.end; first += rowsAtOnce) {
      const scored = Math.min(rowsAtOnce, this.#slots.end - first);
      for (let query = 0; query < count; query++) this.#offer(query, first, scored, best[query]!);
    }
    return this.#hits(best, k);
  }

  #offer(query: number, first: number, count: number, best: BestSlots): void {
    const scores = this.#rows.score(query, first, count);
    for (let row = 0; row < count; row++) {
      const score = scores[row]!;
      if (score > best.floor && this.#slots.has(first + row)) best.push(first + row, score);
    }
  }

  #hits(best: readonly BestSlots[], k: number): CandidateHits {
    const slots = new Int32Array(best.length * k);
    const scores = new Float32Array(best.length * k);
    best.forEach((one, query) => {
      one.drainInto(slots, scores, query * k);
      const factor = this.#rows.scoreFactor(query);
      for (let i = query * k; i < (query + 1) * k; i++) scores[i]! *= factor;
    });
    return { slots, scores };
  }

  memory(): { deviceBytes: number; hostBytes: number } {
    return { deviceBytes: 0, hostBytes: this.#disposed ? 0 : this.#rows.bytes + this.#slots.bytes };
  }

  dispose(): void {
    this.#disposed = true;
    this.#rows.dispose();
  }

  #checked(rows: Float32Array): { rows: Float32Array<ArrayBuffer>; count: number } {
    this.#assertUsable();
    return checkedRows('rows', rows, this.#options, largestStored(this.#options));
  }

  #reserve(count: number): void {
    if (this.count + count > candidateLimits.candidates) {
      throw data(`an index holds at most ${candidateLimits.candidates} candidates`);
    }
    try {
      this.#rows.reserve(this.#slots.endAfter(count));
    } catch (caught) {
      throw asTendrilError(caught, 'COMPUTE_FAILED', { backend: this.backend });
    }
  }

  #write(slots: Int32Array, rows: Float32Array): void {
    slots.forEach((slot, row) => this.#rows.write(slot, rows, row * this.features));
  }

  #assertUsable(): void {
    if (this.#disposed) throw computeFailed(this.backend, 'the index was disposed');
  }
}
