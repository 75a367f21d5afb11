import type { PartState } from '../../core/part-state.ts';
import { corrupt } from '../../core/read-state.ts';
import { checkWhole, copyArrays, restoreArrays } from './part-arrays.ts';

/** Log-steps of the first values: 3 / (n + 3), so that a bad first guess is made good fast. */
const FIRST_STEPS = 3;

/** What is further out than so many scales is wild; where more than a third of about the last 50 values is, the model is wrong and not the values. */
const WILD = 4;
const MOST_WILD = 1 / 3;
const SHARE_MEMORY = 50;

/** Values before any is thought wild. */
const WARM_UP = 10;

/**
 * Running median of absolute deviations by multiplicative steps (stochastic approximation of a quantile, Robbins and Monro 1951, on a log scale): follows any
 * unit and any change of it, and stands up to nearly half of the values being wild.
 */
export class RobustScale {
  /** [scale, count, share of the last values that were wild] */
  readonly #arrays = { scale: new Float64Array(3) };
  readonly #rate: number;

  /** @param memory time constant in values: a lasting change by a factor e is followed in that many */
  constructor(memory: number) {
    this.#rate = 1 / memory;
  }

  /** 0 while nothing but zeros was seen. */
  get value(): number {
    return this.#arrays.scale[0]!;
  }

  get count(): number {
    return this.#arrays.scale[1]!;
  }

  update(deviation: number, weight = 1): void {
    const { scale } = this.#arrays;
    const count = (scale[1] = scale[1]! + 1);
    const size = Math.abs(deviation);
    if (scale[0] === 0) {
      scale[0] = size;
      return;
    }
    const wild = size > WILD * scale[0]! ? 1 : 0;
    if (count > WARM_UP) scale[2]! += (wild - scale[2]!) / SHARE_MEMORY;
    const step = weight * Math.max(this.#rate, FIRST_STEPS / (count + FIRST_STEPS));
    // Never 0 again: there is no way up from it in factors.
    scale[0] = Math.max(Number.MIN_VALUE * 2 ** 52, scale[0]! * Math.exp(size > scale[0]! ? step : -step));
  }

  /**
   * How much a deviation may count: in full up to `cut` scales, beyond by (limit / deviation)², so that its pull falls again the wilder it
   * is. Everything counts in full where so much is wild that it cannot be chance.
   */
  trust(deviation: number, cut: number): number {
    const limit = cut * this.value;
    const size = Math.abs(deviation);
    if (this.count <= WARM_UP || this.#arrays.scale[2]! > MOST_WILD || size <= limit || limit === 0) return 1;
    return (limit / size) ** 2;
  }

  state(): PartState {
    return copyArrays(this.#arrays);
  }

  restore(state: PartState): void {
    const { scale } = state.tensors;
    checkWhole('count', scale?.[1], 0, Number.MAX_SAFE_INTEGER);
    if (!((scale?.[0] ?? 0) >= 0 && (scale?.[2] ?? 0) >= 0)) throw corrupt('a scale is negative');
    restoreArrays(this.#arrays, state);
  }
}
