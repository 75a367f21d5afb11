import * as v from 'valibot';
import { betsOfDepth, type Bets } from './bets.ts';
import { LowerMeanProcess } from './lower-mean-process.ts';
import { lowestPossible } from './lowest-possible.ts';
import { checkPaired, pairedRange, type PairedOptions } from './paired-values.ts';
import { amountsOf, readSequentialState, stateAmount, stateCount, stateNumber } from './sequential-state.ts';

const pairedState = v.object({
  count: stateCount,
  sum: stateNumber,
  squares: stateAmount,
  maxLogEvidence: stateAmount,
  exponent: v.pipe(stateNumber, v.multipleOf(512)),
});
export type PairedEvidenceState = v.InferOutput<typeof pairedState> & { readonly capital: readonly number[] };

/** The capital is written as a multiple of a power of 2 that is changed here, which rounds nothing. */
const [TOO_MUCH, TOO_LITTLE] = [2 ** 512, 2 ** -512];

/**
 * Evidence that the mean of values in [least, 1] is above a margin, whenever one looks: the capital of one who starts with 1 and bets fixed shares of it, each
 * from a part of its own, on "above" (Waudby-Smith and Ramdas 2023, arXiv 2010.09686). While E[value | past] is at most the margin it is not expected
 * to grow, and reaches 1/α with probability α at most (Ville 1939).
 *
 * Fixed bets, because what they prove is also true of means that change: `1 + λ (μ − margin) ≤ exp(λ (μ − margin))`, so that the capital passes 1/α
 * with probability α at most while the mean of the conditional means so far is at most the margin. Bets that adapt (aGRAPA, online Newton steps)
 * need as many values on average, and would call a challenger better that is better in turns.
 */
export class PairedEvidence {
  readonly #margin: number;
  readonly #least: number;
  readonly #bets: Bets;
  readonly #bound: LowerMeanProcess;
  readonly #capital: number[];
  #total = 1;
  /** Of the power of 2 that the capital is a multiple of. */
  #exponent = 0;
  #maxLogEvidence = 0;

  constructor(options: PairedOptions = {}) {
    ({ margin: this.#margin, least: this.#least } = pairedRange(options));
    this.#bets = betsOfDepth(this.#margin - this.#least, 0.9);
    this.#bound = boundedBelow(this.#least);
    this.#capital = [...this.#bets.weights];
  }

  get count(): number {
    return this.#bound.count;
  }

  /** 0 before the first value. */
  get mean(): number {
    return this.count === 0 ? 0 : this.#bound.sum / this.count;
  }

  /** Natural logarithm of the capital now; 0 at the start. */
  get logEvidence(): number {
    return Math.log(this.#total) + this.#exponent * Math.LN2;
  }

  /** The most that {@link logEvidence} has been; what is proven stays proven. */
  get maxLogEvidence(): number {
    return this.#maxLogEvidence;
  }

  /** @throws INVALID_DATA for a value outside [least, 1] */
  update(value: number): void {
    checkPaired(value, this.#least);
    this.#bound.update(value);
    const surplus = value - this.#margin;
    this.#total = 0;
    for (let i = 0; i < this.#capital.length; i++) {
      this.#capital[i]! *= 1 + this.#bets.sizes[i]! * surplus;
      this.#total += this.#capital[i]!;
    }
    if (this.#total > TOO_MUCH) this.#shift(-512);
    else if (this.#total < TOO_LITTLE) this.#shift(512);
    this.#maxLogEvidence = Math.max(this.#maxLogEvidence, this.logEvidence);
  }

  #shift(by: number): void {
    for (let i = 0; i < this.#capital.length; i++) this.#capital[i]! *= 2 ** by;
    this.#total *= 2 ** by;
    this.#exponent -= by;
  }

  /** Whether it was ever proven at error probability `alpha` that the mean was above the margin. */
  proven(alpha: number): boolean {
    return this.#maxLogEvidence >= -Math.log(alpha);
  }

  /**
   * Below the mean so far at every time at once, with probability 1 − alpha. It is made of three sums instead of the bets, for they know one margin
   * only, and needs more values than {@link proven} to pass it.
   */
  lowerBound(alpha: number): number {
    return lowestPossible((mean) => this.#bound.logEvidence(mean), alpha, [this.#least, 1]);
  }

  reset(): void {
    this.#bound.restore([0, 0, 0]);
    this.#bets.weights.forEach((weight, index) => (this.#capital[index] = weight));
    [this.#total, this.#exponent, this.#maxLogEvidence] = [1, 0, 0];
  }

  state(): PairedEvidenceState {
    const [count, sum, squares] = this.#bound.state();
    const maxLogEvidence = this.#maxLogEvidence;
    return { count, sum, squares, maxLogEvidence, exponent: this.#exponent, capital: [...this.#capital] };
  }

  /** Continues to the same bits. @param state of the same options, or anything else @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const schema = v.object({ ...pairedState.entries, capital: amountsOf(this.#capital.length) });
    const { count, sum, squares, maxLogEvidence, exponent, capital } = readSequentialState(schema, state);
    this.#bound.restore([count, sum, squares]);
    capital.forEach((part, index) => (this.#capital[index] = part));
    this.#total = capital.reduce((total, part) => total + part, 0);
    [this.#exponent, this.#maxLogEvidence] = [exponent, maxLogEvidence];
  }
}

/** Guesses of the mean are cut at a quarter of the depth: models are seldom that different, and the bound is stronger below. */
function boundedBelow(least: number): LowerMeanProcess {
  const highestGuess = -least / 4;
  const depth = highestGuess - least;
  const { sizes, weights } = betsOfDepth(depth, 0.75);
  return new LowerMeanProcess(-least, { highestGuess, bets: { sizes: sizes.map((size) => size * depth), weights } });
}
