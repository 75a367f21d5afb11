import type { PartState } from '../../core/part-state.ts';
import { corrupt } from '../../core/read-state.ts';
import { copyArrays, restoreArrays } from './part-arrays.ts';

const RATES = [0.002, 0.01, 0.04];

/** Learning rate and share of the weights, for intervals of about 500 examples (Gibbs and Candès 2022, section 4). */
const INTERVAL = 500;
const SHARE = 1 / (2 * INTERVAL);

/**
 * The level that one end of an interval has to ask for so that it is missed as often as wanted: lowered after a miss and raised a little after a hit, at
 * several rates, which are weighted online by the pinball loss of their levels (DtACI: Gibbs and Candès 2022, arXiv 2208.08401).
 */
export class AdaptiveLevel {
  readonly #wanted: number;
  readonly #rates: readonly number[];
  readonly #eta: number;
  readonly #levels: Float64Array<ArrayBuffer>;
  readonly #weights: Float64Array<ArrayBuffer>;

  /**
   * @param wanted share of misses, in (0, 1)
   * @param patience by how much to go slower, so that misses that are only heard of many steps later are not made good many times over
   */
  constructor(wanted: number, patience = 1) {
    this.#wanted = wanted;
    this.#rates = RATES.map((rate) => rate / patience);
    const spread = (1 - wanted) ** 2 * wanted ** 3 + wanted ** 2 * (1 - wanted) ** 3;
    this.#eta = Math.sqrt(((3 / INTERVAL) * (Math.log(RATES.length * INTERVAL) + 2)) / spread);
    this.#levels = new Float64Array(RATES.length).fill(wanted);
    this.#weights = new Float64Array(RATES.length).fill(1 / RATES.length);
  }

  /** Below 0 where even the widest residual known misses too often. */
  get level(): number {
    let level = 0;
    for (let k = 0; k < RATES.length; k++) level += this.#weights[k]! * this.#levels[k]!;
    return level;
  }

  /** @param reached the largest level whose end would not have missed */
  learn(reached: number): void {
    const weights = this.#weights;
    let total = 0;
    for (let k = 0; k < RATES.length; k++) {
      const level = this.#levels[k]!;
      const over = reached - level;
      const loss = over >= 0 ? this.#wanted * over : (this.#wanted - 1) * over;
      weights[k]! *= Math.exp(-this.#eta * loss);
      total += weights[k]!;
      this.#levels[k] = level + this.#rates[k]! * (this.#wanted - (level > reached ? 1 : 0));
    }
    for (let k = 0; k < RATES.length; k++) {
      weights[k] = ((1 - SHARE) * weights[k]!) / total + SHARE / RATES.length;
    }
  }

  #arrays() {
    return { levels: this.#levels, weights: this.#weights };
  }

  state(): PartState {
    return copyArrays(this.#arrays());
  }

  restore(state: PartState): void {
    if (!state.tensors.weights?.every((weight) => weight > 0)) throw corrupt('a weight is not positive or not there');
    restoreArrays(this.#arrays(), state);
  }
}
