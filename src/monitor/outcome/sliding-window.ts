import type { Json } from '../../core/part-state.ts';
import { numberList, parseState, requireConfig } from './parse-state.ts';
import type { SumLayout, SumWindow } from './sum-window.ts';

/**
 * Sums over the last `size` observations. They are added up anew when they are asked for, which is seldom: sums that are taken from again and again would
 * drift away from what is in the window.
 */
export class SlidingWindow implements SumWindow {
  readonly #layout: SumLayout;
  readonly #size: number;
  /** [size][recordSize], as a ring. */
  readonly #records: Float64Array;
  #next = 0;
  #count = 0;

  /** @param size observations, at least 1 @throws INVALID_CONFIG */
  constructor(layout: SumLayout, size = 200) {
    requireConfig(Number.isInteger(size) && size >= 1, `a window of ${size} observations`);
    this.#layout = layout;
    this.#size = size;
    this.#records = new Float64Array(size * layout.recordSize);
  }

  get count(): number {
    return this.#count;
  }

  update(record: readonly number[]): void {
    this.#records.set(record, this.#next * this.#layout.recordSize);
    this.#next = (this.#next + 1) % this.#size;
    this.#count = Math.min(this.#count + 1, this.#size);
  }

  sums(): Float64Array {
    const sums = new Float64Array(this.#layout.sumCount);
    this.#forEachRecord((record) => this.#layout.add(record, sums));
    return sums;
  }

  /** From the oldest on. */
  #forEachRecord(visit: (record: Float64Array) => void): void {
    const { recordSize } = this.#layout;
    for (let i = this.#count; i > 0; i--) {
      const at = ((this.#next - i + this.#size) % this.#size) * recordSize;
      visit(this.#records.subarray(at, at + recordSize));
    }
  }

  /** [count][recordSize], flat, the oldest first. */
  state(): Json {
    const records: number[] = [];
    this.#forEachRecord((record) => records.push(...record));
    return records;
  }

  /** Of a larger window the last observations are taken. */
  restore(state: unknown): void {
    const { recordSize } = this.#layout;
    const wholeRecords = numberList((length) => length % recordSize === 0);
    const records = parseState(wholeRecords, state, 'a sliding window').slice(-this.#size * recordSize);
    this.#records.set(records);
    this.#count = records.length / recordSize;
    this.#next = this.#count % this.#size;
  }
}
