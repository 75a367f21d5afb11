import { effectiveCount } from './calibration-error.ts';
import { OutcomeBins, type OutcomeBinsState, type OutcomeSums } from './outcome-bins.ts';
import { OutcomeLine } from './outcome-line.ts';
import type { OutcomeScale } from './outcome-scale.ts';
import type { SaidSums } from './said-bins.ts';
import { binOf } from './share-bins.ts';

/** Outcomes that the line through all bins is worth in each. */
const LINE_OUTCOMES = 10;

/** What is to be expected of the decisions of some bins together. */
export interface Expectation {
  /** Mean outcome. */
  readonly mean: number;
  /** Of that mean as an estimate. */
  readonly variance: number;
  /** Of the mean of as many outcomes around what is expected. */
  readonly outcomeVariance: number;
}

/**
 * Learns what comes of what a model says, in bounded memory: the mean outcome in each bin of what it says, drawn towards a line through all bins that is worth
 * ten outcomes. With few outcomes it is Platt scaling, with many histogram binning (Zadrozny and Elkan 2001). Any function of what is said can be learned; a
 * change of what comes of it is followed with the half-life.
 */
export class Calibrator {
  readonly #scale: OutcomeScale;
  readonly #bins: OutcomeBins;
  /** Follows from the bins. */
  #line: OutcomeLine | null = null;

  /** @param halfLife outcomes after which one counts half; Infinity: all count the same */
  constructor(scale: OutcomeScale, halfLife: number) {
    this.#scale = scale;
    this.#bins = new OutcomeBins(halfLife);
  }

  /** Equally weighted outcomes that all that was learned is worth. */
  get outcomes(): number {
    return effectiveCount(this.#bins.total());
  }

  /** @param said by the model @param outcome that came of it */
  update(said: number, outcome: number): void {
    this.#bins.update(this.#scale.shareOf(said), said, outcome);
    this.#line = null;
  }

  /** Expected outcome of one decision, and how far outcomes may be from it, the expectation being learned itself. */
  expected(said: number): { readonly mean: number; readonly variance: number } {
    const bin = this.#bins.bins[binOf(this.#scale.shareOf(said))]!;
    const mean = drawn(bin, this.#fitted().at(said));
    const known = bin.weight + LINE_OUTCOMES;
    // Laplace's two outcomes: what never failed so far may fail.
    const variance = this.#scale.variance((mean * known + 1) / (known + 2), bin, this.#bins.total());
    return { mean, variance: variance * (1 + 1 / known) };
  }

  /** Decayed outcomes of a bin and those beside it. */
  support(bin: number, reach: number): number {
    const around = this.#bins.bins.slice(Math.max(0, bin - reach), bin + reach + 1);
    return around.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** @param said [BINS], of one decision or more */
  expectation(said: readonly SaidSums[]): Expectation {
    const [line, all] = [this.#fitted(), this.#bins.total()];
    const total = said.reduce((sum, { count }) => sum + count, 0);
    let [mean, ownVariance, outcomeVariance, offset, factor] = [0, 0, 0, 0, 0];
    said.forEach(({ count, sum }, i) => {
      if (count === 0) return;
      const [share, middle, bin] = [count / total, sum / count, this.#bins.bins[i]!];
      const fromLine = LINE_OUTCOMES / (bin.weight + LINE_OUTCOMES);
      const expected = drawn(bin, line.at(middle));
      const variance = this.#scale.variance(expected, bin, all);
      mean += share * expected;
      outcomeVariance += (share * variance) / total;
      if (bin.weight > 0) ownVariance += ((share * (1 - fromLine)) ** 2 * variance) / effectiveCount(bin);
      const [byOffset, byFactor] = line.gradientAt(middle);
      offset += share * fromLine * byOffset;
      factor += share * fromLine * byFactor;
    });
    // The bins and the line come from the same outcomes: their errors go together.
    const deviation = Math.sqrt(ownVariance) + Math.sqrt(line.varianceAlong([offset, factor]));
    return { mean, variance: deviation ** 2, outcomeVariance };
  }

  /** Plain JSON. */
  state(): OutcomeBinsState {
    return this.#bins.state();
  }

  /** Goes on exactly. @param state of {@link state}, untrusted @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    this.#bins.restore(state);
    this.#line = null;
  }

  #fitted(): OutcomeLine {
    this.#line ??= new OutcomeLine(this.#scale, this.#bins.bins, this.#bins.total());
    return this.#line;
  }
}

function drawn({ weight, y }: Readonly<OutcomeSums>, line: number): number {
  return (y + LINE_OUTCOMES * line) / (weight + LINE_OUTCOMES);
}
