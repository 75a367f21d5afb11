import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { numberList, parseState, requireConfig, weight } from './parse-state.ts';
import type { SumLayout, SumWindow } from './sum-window.ts';

/** Sums in which an observation counts half after `halfLife` more of them; with a half-life of Infinity, sums over all time. */
export class DecayingWindow implements SumWindow {
  readonly #layout: SumLayout;
  readonly #kept: number;
  readonly #sums: Float64Array;
  #count = 0;

  /** @param halfLife observations, above 0 @throws INVALID_CONFIG */
  constructor(layout: SumLayout, halfLife = 200) {
    requireConfig(halfLife > 0, `a half-life of ${halfLife} observations`);
    this.#layout = layout;
    this.#kept = 2 ** (-1 / halfLife);
    this.#sums = new Float64Array(layout.sumCount);
  }

  get count(): number {
    return this.#count;
  }

  update(record: readonly number[]): void {
    for (let i = 0; i < this.#sums.length; i++) this.#sums[i]! *= this.#kept;
    this.#count = this.#count * this.#kept + 1;
    this.#layout.add(record, this.#sums);
  }

  sums(): Float64Array {
    return this.#sums.slice();
  }

  state(): Json {
    return { count: this.#count, sums: [...this.#sums] };
  }

  restore(state: unknown): void {
    const sumsOfLayout = numberList((length) => length === this.#layout.sumCount);
    const schema = v.strictObject({ count: weight, sums: sumsOfLayout });
    const { count, sums } = parseState(schema, state, 'a decaying window');
    this.#count = count;
    this.#sums.set(sums);
  }
}
