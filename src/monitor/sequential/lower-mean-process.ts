import { halvingBets, type Bets } from './bets.ts';

/** Bets from 3/4 down to 3/4 · 2⁻¹⁷: for up to about 10⁹ values one of them is within a factor 2 of the best. */
const EVERY_SIZE = halvingBets(0.75, 18, 1);

export interface LowerMeanOptions {
  /** The guess of the mean is cut here; values far above it are rare. Smaller is stronger where means are small. At least 0; default 1. */
  readonly highestGuess?: number;
  /** Below 1 each; default: 18 bets for any number of values. */
  readonly bets?: Bets;
}

/**
 * Evidence that the mean of values, each at least `−range`, is above a given number: for a true mean m, `exp(λ (Σφ − t m) − ψ(λ) Σ(φ − φ̂)²)`
 * in units of `highestGuess + range`, φ̂ being the running mean of the values before, cut at `highestGuess`, and `ψ(λ) = −ln(1 − λ) − λ`, is a
 * non-negative supermartingale that starts at 1 (Howard et al. 2021, arXiv 1810.08240, section 3.4; the inequality of Fan et al. 2015). Values
 * need no upper bound. Averaged over a fixed set of bets λ it stays one, and needs no more than three sums. Where the mean changes with time
 * it is for the mean so far.
 */
export class LowerMeanProcess {
  static readonly stateSize = 3;
  readonly #scale: number;
  readonly #range: number;
  readonly #highestGuess: number;
  readonly #bets: Bets;
  readonly #costs: readonly number[];
  #count = 0;
  #sum = 0;
  #squares = 0;

  /** @param range known before the first value; at least 0 */
  constructor(range: number, { highestGuess = 1, bets = EVERY_SIZE }: LowerMeanOptions = {}) {
    this.#range = range;
    this.#highestGuess = highestGuess;
    this.#scale = highestGuess + range;
    this.#bets = bets;
    this.#costs = bets.sizes.map((bet) => -Math.log1p(-bet) - bet);
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  update(value: number): void {
    // Half an observation of 1/2, so that the first value is compared with something; any guess within [−range, highestGuess] is valid.
    const guess = (this.#sum + 0.25) / (this.#count + 0.5);
    this.#count++;
    this.#sum += value;
    this.#squares += (value - Math.min(this.#highestGuess, Math.max(-this.#range, guess))) ** 2;
  }

  /** Natural logarithm of the averaged process at `mean`; falls as `mean` rises. */
  logEvidence(mean: number): number {
    const surplus = (this.#sum - this.#count * mean) / this.#scale;
    const squares = this.#squares / (this.#scale * this.#scale);
    const gains = this.#bets.sizes.map((bet, index) => bet * surplus - this.#costs[index]! * squares);
    const largest = gains.reduce((most, gain) => Math.max(most, gain), -Infinity);
    const total = gains.reduce((sum, gain, index) => sum + this.#bets.weights[index]! * Math.exp(gain - largest), 0);
    return largest + Math.log(total);
  }

  state(): readonly [count: number, sum: number, squares: number] {
    return [this.#count, this.#sum, this.#squares];
  }

  restore([count, sum, squares]: readonly [number, number, number]): void {
    [this.#count, this.#sum, this.#squares] = [count, sum, squares];
  }
}
