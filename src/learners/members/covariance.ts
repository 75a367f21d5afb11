import type { PartState } from '../../core/part-state.ts';
import { corrupt, readTensor } from '../../core/read-state.ts';

const PRIOR_VARIANCE = 1;

/** What a linear model does not know of its weights yet: a covariance that each example shrinks along its input, and that grows again by a drift. */
export class Covariance {
  /** [size] covariance times the input last measured. */
  readonly gain: Float64Array;
  readonly #drift: number;
  /** Lower triangle of [size, size], row by row, so that its first rows are a covariance of their own. */
  #values: Float64Array<ArrayBuffer>;
  /** [size] The next measurement takes off the outer square of this. */
  #due: Float64Array<ArrayBuffer>;

  /** @param drift variance that each weight gains a row, up to what it had at first */
  constructor(size: number, drift: number) {
    this.#drift = drift;
    this.gain = new Float64Array(size);
    this.#due = new Float64Array(size);
    this.#values = new Float64Array((size * (size + 1)) / 2);
    for (let i = 0; i < size; i++) this.#values[diagonal(i)] = PRIOR_VARIANCE;
  }

  /** Fills the gain. @param count numbers of the input that were ever other than 0; they come first @returns the variance of a score */
  measure(x: Float64Array, count: number): number {
    const { gain } = this;
    const [values, due] = [this.#values, this.#due];
    let at = 0;
    let i = 0;
    // Two rows at once: most of the time goes into reading and writing.
    for (; i + 1 < count; i += 2) {
      const [dueA, dueB, xA, xB] = [due[i]!, due[i + 1]!, x[i]!, x[i + 1]!];
      let sumA = 0;
      let sumB = 0;
      for (let j = 0, a = at, b = at + i + 1; j < i; j++, a++, b++) {
        const dueHere = due[j]!;
        const valueA = values[a]! - dueA * dueHere;
        const valueB = values[b]! - dueB * dueHere;
        values[a] = valueA;
        values[b] = valueB;
        sumA += valueA * x[j]!;
        sumB += valueB * x[j]!;
        gain[j]! += valueA * xA + valueB * xB;
      }
      const corner = (values[at + 2 * i + 1]! -= dueA * dueB);
      gain[i] = sumA + this.#drifted(at + i, dueA) * xA + corner * xB;
      gain[i + 1] = sumB + this.#drifted(at + 2 * i + 2, dueB) * xB + corner * xA;
      at += 2 * i + 3;
    }
    if (i < count) {
      let sum = 0;
      for (let j = 0; j < i; j++, at++) {
        const value = (values[at]! -= due[i]! * due[j]!);
        sum += value * x[j]!;
        gain[j]! += value * x[i]!;
      }
      gain[i] = sum + this.#drifted(at, due[i]!) * x[i]!;
    }
    let variance = 0;
    for (let j = 0; j < count; j++) variance += gain[j]! * x[j]!;
    due.fill(0);
    return Math.max(0, variance);
  }

  /** What is not met never gets less certain than it was at first. */
  #drifted(at: number, due: number): number {
    const left = Math.max(0, this.#values[at]! - due * due);
    return (this.#values[at] = Math.min(PRIOR_VARIANCE, left + this.#drift));
  }

  /** Takes `share` of the outer square of the gain off. */
  shrink(share: number): void {
    const root = Math.sqrt(share);
    for (let i = 0; i < this.#due.length; i++) this.#due[i] = root * this.gain[i]!;
  }

  state(): PartState {
    return { tensors: { values: this.#values.slice(), due: this.#due.slice() }, values: {} };
  }

  restore(state: PartState): void {
    const values = readTensor(state, 'values', 'f64', this.#values.length);
    const due = readTensor(state, 'due', 'f64', this.#due.length);
    for (let i = 0; i < due.length; i++) if (values[diagonal(i)]! < 0) throw corrupt('a variance is negative');
    [this.#values, this.#due] = [values, due];
  }
}

function diagonal(row: number): number {
  return (row * (row + 3)) / 2;
}
