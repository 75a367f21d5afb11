import type { PartState } from '../../core/part-state.ts';
import { checkWhole, copyArrays, restoreArrays } from '../regression/part-arrays.ts';

/** Largest time that may be given: whole numbers stay exact. */
export const MAX_TIME = 2 ** 50;

/** The last values of a series by whole-numbered time; some are not known. */
export class SeriesHistory {
  readonly #values: Float64Array<ArrayBuffer>;
  readonly #known: Uint8Array<ArrayBuffer>;
  /** [newest time, 1 once there is one] */
  readonly #times = new Float64Array(2);

  /** @param capacity times that are remembered, counted back from the newest */
  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    this.#known = new Uint8Array(capacity);
  }

  get empty(): boolean {
    return this.#times[1] === 0;
  }

  get newest(): number {
    return this.#times[0]!;
  }

  /** Whether `time` is not after the newest and not so long ago that it is forgotten. */
  reaches(time: number): boolean {
    return !this.empty && time <= this.newest && time > this.newest - this.#values.length;
  }

  has(time: number): boolean {
    return this.reaches(time) && this.#known[this.#place(time)] === 1;
  }

  /** The value at `time`, or else the last one known before it; NaN where there is none. */
  at(time: number): number {
    const { length } = this.#values;
    let place = this.#place(time);
    for (let back = 0; back < length && this.reaches(time - back); back++) {
      if (this.#known[place] === 1) return this.#values[place]!;
      place = place === 0 ? length - 1 : place - 1;
    }
    return NaN;
  }

  /** Moves on to `time`, whose value is not known yet; nothing if it is not after the newest. */
  advance(time: number): void {
    if (!this.empty && time <= this.newest) return;
    const steps = this.empty ? this.#values.length : Math.min(time - this.newest, this.#values.length);
    for (let back = 0; back < steps; back++) this.#known[this.#place(time - back)] = 0;
    this.#times[0] = time;
    this.#times[1] = 1;
  }

  /** @param time one that the history reaches */
  set(time: number, value: number): void {
    this.#values[this.#place(time)] = value;
    this.#known[this.#place(time)] = 1;
  }

  #place(time: number): number {
    const { length } = this.#values;
    const rest = time % length;
    return rest < 0 ? rest + length : rest;
  }

  #arrays() {
    return { values: this.#values, known: this.#known, times: this.#times };
  }

  state(): PartState {
    return copyArrays(this.#arrays());
  }

  restore(state: PartState): void {
    checkWhole('newest', state.tensors.times?.[0], -MAX_TIME, MAX_TIME);
    checkWhole('begun', state.tensors.times?.[1], 0, 1);
    restoreArrays(this.#arrays(), state);
  }
}
