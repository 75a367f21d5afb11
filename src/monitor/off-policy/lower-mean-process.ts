/** Bets from 3/4 down to 3/4 · 2⁻¹⁷, halved each time: for up to about 10⁹ values one of them is within a factor 2 of the best. */
const BETS = Array.from({ length: 18 }, (_, index) => 0.75 * 2 ** -index);
/** `ψ(λ) = −ln(1 − λ) − λ`, the exponential variance term. */
const PSI = BETS.map((bet) => -Math.log1p(-bet) - bet);

/**
 * Evidence that the mean of values, each at least `−range`, is above a given number: for a true mean m, `exp(λ (Σφ − t m) − ψ(λ) Σ(φ − φ̂)²)`
 * in units of `1 + range`, φ̂ being the running mean of the values before, is a non-negative supermartingale that starts at 1 (Howard et al. 2021,
 * arXiv 1810.08240, section 3.4; the inequality of Fan et al. 2015). Values need no upper bound. Averaged over a fixed set of bets λ it
 * stays one, and needs no more than three sums.
 */
export class LowerMeanProcess {
  static readonly stateSize = 3;
  readonly #scale: number;
  readonly #range: number;
  #count = 0;
  #sum = 0;
  #squares = 0;

  /** @param range known before the first value; at least 0 */
  constructor(range: number) {
    this.#range = range;
    this.#scale = 1 + range;
  }

  get count(): number {
    return this.#count;
  }

  update(value: number): void {
    // Half an observation of 1/2, so that the first value is compared with something; any guess within [−range, 1] is valid.
    const guess = Math.min(1, Math.max(-this.#range, (this.#sum + 0.25) / (this.#count + 0.5)));
    this.#count++;
    this.#sum += value;
    this.#squares += (value - guess) ** 2;
  }

  /** Natural logarithm of the averaged process at `mean`; falls as `mean` rises. */
  logEvidence(mean: number): number {
    const surplus = (this.#sum - this.#count * mean) / this.#scale;
    const squares = this.#squares / (this.#scale * this.#scale);
    let largest = -Infinity;
    for (let i = 0; i < BETS.length; i++) largest = Math.max(largest, BETS[i]! * surplus - PSI[i]! * squares);
    let total = 0;
    for (let i = 0; i < BETS.length; i++) total += Math.exp(BETS[i]! * surplus - PSI[i]! * squares - largest);
    return largest + Math.log(total / BETS.length);
  }

  state(): readonly [count: number, sum: number, squares: number] {
    return [this.#count, this.#sum, this.#squares];
  }

  restore([count, sum, squares]: readonly [number, number, number]): void {
    [this.#count, this.#sum, this.#squares] = [count, sum, squares];
  }
}
