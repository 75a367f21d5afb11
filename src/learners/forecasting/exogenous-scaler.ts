import type { PartState } from '../../core/part-state.ts';
import { corrupt } from '../../core/read-state.ts';
import { copyArrays, restoreArrays } from '../regression/part-arrays.ts';

const LIMIT = 5;

/** Standardises numbers by running moments (Welford 1962), cut at ±5; 0 where not known. */
export class ExogenousScaler {
  readonly #count: Float64Array<ArrayBuffer>;
  readonly #mean: Float64Array<ArrayBuffer>;
  readonly #squares: Float64Array<ArrayBuffer>;

  constructor(size: number) {
    this.#count = new Float64Array(size);
    this.#mean = new Float64Array(size);
    this.#squares = new Float64Array(size);
  }

  /** @param numbers raw; NaN and absent ones are not known @param out [size] */
  standardise(numbers: ArrayLike<number> | undefined, out: Float64Array): void {
    for (let i = 0; i < out.length; i++) {
      const deviation = Math.sqrt(this.#squares[i]! / Math.max(1, this.#count[i]!));
      const score = ((numbers?.[i] ?? NaN) - this.#mean[i]!) / deviation;
      out[i] = Number.isFinite(score) ? Math.max(-LIMIT, Math.min(LIMIT, score)) : 0;
    }
  }

  learn(numbers: ArrayLike<number>): void {
    for (let i = 0; i < this.#count.length; i++) {
      const value = numbers[i] ?? NaN;
      if (!Number.isFinite(value)) continue;
      this.#count[i]! += 1;
      const delta = value - this.#mean[i]!;
      this.#mean[i]! += delta / this.#count[i]!;
      this.#squares[i]! += delta * (value - this.#mean[i]!);
    }
  }

  #arrays() {
    return { count: this.#count, mean: this.#mean, squares: this.#squares };
  }

  state(): PartState {
    return copyArrays(this.#arrays());
  }

  restore(state: PartState): void {
    for (const name of ['count', 'squares']) {
      if (!state.tensors[name]?.every((value) => value >= 0)) throw corrupt(`"${name}" is negative or not there`);
    }
    restoreArrays(this.#arrays(), state);
  }
}
