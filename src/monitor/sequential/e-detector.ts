import * as v from 'valibot';
import { TendrilError } from '../../errors.ts';
import { betsOfDepth, type Bets } from './bets.ts';
import { checkPaired, pairedRange, type PairedOptions } from './paired-values.ts';
import { amountsOf, readSequentialState, stateCount } from './sequential-state.ts';

export interface EDetectorOptions extends PairedOptions {
  /** Values, on average at least, until a detection while nothing is wrong. Above 1; default 10,000. */
  readonly averageRunLength?: number;
}

const detectorState = v.object({ count: stateCount, driftDetected: v.boolean() });
export type EDetectorState = v.InferOutput<typeof detectorState> & {
  readonly capital: readonly number[];
  readonly ages: readonly number[];
};

/**
 * Detects that the mean of values in [least, 1] has risen above a margin at some unknown time: the e-detector of Shin, Ramdas and Rinaldo (2022,
 * arXiv 2203.03532) of Shiryaev's and Roberts's kind. Before every value somebody starts with 1 and bets on "above" as in {@link PairedEvidence};
 * the sum of all their capital is compared with the average run length. While E[value | past] is at most the margin, the sum minus the number of
 * values is not expected to grow, so that the time to a detection is at least the average run length in expectation. A long good time costs nothing:
 * those who start after the change know nothing of it.
 */
export class EDetector {
  readonly averageRunLength: number;
  readonly #margin: number;
  readonly #least: number;
  readonly #bets: Bets;
  readonly #capital: number[];
  /** Capital times the number of values since its owner started, added up. */
  readonly #ages: number[];
  #evidence = 0;
  #count = 0;
  #driftDetected = false;

  /** @throws INVALID_CONFIG */
  constructor({ averageRunLength = 10_000, ...options }: EDetectorOptions = {}) {
    if (!(averageRunLength > 1 && averageRunLength <= 1e12)) {
      throw new TendrilError('INVALID_CONFIG', { reason: `the average run length ${averageRunLength} is not above 1` });
    }
    this.averageRunLength = averageRunLength;
    ({ margin: this.#margin, least: this.#least } = pairedRange(options));
    this.#bets = betsOfDepth(this.#margin - this.#least, 0.9);
    this.#capital = this.#bets.sizes.map(() => 0);
    this.#ages = this.#bets.sizes.map(() => 0);
  }

  /** Values since the start or the last reset. */
  get count(): number {
    return this.#count;
  }

  /** Stays so until {@link reset}; values after it change nothing. */
  get driftDetected(): boolean {
    return this.#driftDetected;
  }

  /** What is compared with {@link averageRunLength}. */
  get evidence(): number {
    return this.#evidence;
  }

  /** About how many values ago the mean rose: the mean age of the capital. 0 before the first value. */
  get changeAge(): number {
    return this.#evidence > 0 ? this.#ages.reduce((total, part) => total + part, 0) / this.#evidence : 0;
  }

  /** @throws INVALID_DATA for a value outside [least, 1] */
  update(value: number): void {
    checkPaired(value, this.#least);
    if (this.#driftDetected) return;
    this.#count++;
    const surplus = value - this.#margin;
    this.#evidence = 0;
    for (let i = 0; i < this.#capital.length; i++) {
      const growth = 1 + this.#bets.sizes[i]! * surplus;
      const staked = this.#capital[i]! + this.#bets.weights[i]!;
      this.#ages[i] = (this.#ages[i]! + staked) * growth;
      this.#capital[i] = staked * growth;
      this.#evidence += this.#capital[i]!;
    }
    this.#driftDetected = this.#evidence >= this.averageRunLength;
  }

  reset(): void {
    this.#capital.fill(0);
    this.#ages.fill(0);
    [this.#evidence, this.#count, this.#driftDetected] = [0, 0, false];
  }

  /** For the same options. */
  state(): EDetectorState {
    const [capital, ages] = [[...this.#capital], [...this.#ages]];
    return { count: this.#count, driftDetected: this.#driftDetected, capital, ages };
  }

  /** Continues to the same bits. @param state of the same options, or anything else @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const amounts = amountsOf(this.#capital.length);
    const schema = v.object({ ...detectorState.entries, capital: amounts, ages: amounts });
    const { count, driftDetected, capital, ages } = readSequentialState(schema, state);
    this.#bets.sizes.forEach((_, i) => ([this.#capital[i], this.#ages[i]] = [capital[i]!, ages[i]!]));
    this.#evidence = capital.reduce((total, part) => total + part, 0);
    [this.#count, this.#driftDetected] = [count, driftDetected];
  }
}
