import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { DecayingWindow } from './decaying-window.ts';
import { parseState } from './parse-state.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { SumLayout, SumWindow } from './sum-window.ts';

export interface WindowOptions {
  /** Last observations of the sliding window; 0 for none, which makes the state smaller. Default 200. */
  readonly window?: number;
  /** Of the decaying window, in observations. Default 200. */
  readonly halfLife?: number;
}

/** The same figures over all time, over the last observations (null where there is no such window), and with old ones counting less. */
export interface Windowed<T> {
  readonly total: T;
  readonly sliding: T | null;
  readonly decaying: T;
}

const stateSchema = v.strictObject({ total: v.unknown(), sliding: v.unknown(), decaying: v.unknown() });

/** Sums over all three windows at once. */
export class WindowedSums {
  readonly #total: SumWindow;
  readonly #sliding: SumWindow | null;
  readonly #decaying: SumWindow;

  /** @throws INVALID_CONFIG */
  constructor(layout: SumLayout, { window = 200, halfLife = 200 }: WindowOptions = {}) {
    this.#total = new DecayingWindow(layout, Infinity);
    this.#sliding = window === 0 ? null : new SlidingWindow(layout, window);
    this.#decaying = new DecayingWindow(layout, halfLife);
  }

  /** Observations of all time. */
  get count(): number {
    return this.#total.count;
  }

  update(record: readonly number[]): void {
    this.#total.update(record);
    this.#sliding?.update(record);
    this.#decaying.update(record);
  }

  /** @param figures of the sums of one window and its count */
  map<T>(figures: (sums: Float64Array, count: number) => T): Windowed<T> {
    const of = (window: SumWindow): T => figures(window.sums(), window.count);
    return { total: of(this.#total), sliding: this.#sliding && of(this.#sliding), decaying: of(this.#decaying) };
  }

  state(): Json {
    return {
      total: this.#total.state(),
      sliding: this.#sliding?.state() ?? null,
      decaying: this.#decaying.state(),
    };
  }

  /** @throws INVALID_DATA */
  restore(state: unknown): void {
    const { total, sliding, decaying } = parseState(stateSchema, state, 'windows');
    this.#total.restore(total);
    if (sliding !== null) this.#sliding?.restore(sliding);
    this.#decaying.restore(decaying);
  }
}

/** The quotient, or null where there is nothing to divide by. */
export function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
