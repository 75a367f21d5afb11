import type { OutcomeSums } from './outcome-bins.ts';
import { logitOf, shareOfNats } from './share-bins.ts';

/** Outcomes that the variance of all bins together is worth in one bin. */
const POOLED_OUTCOMES = 10;

/** What kind of numbers a model says of its decisions, and what comes of them. */
export interface OutcomeScale {
  /** In [0, 1]: by which decisions are put into bins. */
  shareOf(said: number): number;
  /** What the fitted line is linear in. */
  termOf(said: number): number;
  /** Expected outcome at a value of the line. */
  meanAt(line: number): number;
  /** Change of {@link meanAt} with the line. */
  slopeAt(line: number): number;
  /** What it costs that outcomes of a weight and a sum are as they are; to be minimised over the line. */
  lossAt(line: number, weight: number, sum: number): number;
  /** Variance of single outcomes of a bin. @param all bins together */
  variance(mean: number, bin: Readonly<OutcomeSums>, all: Readonly<OutcomeSums>): number;
  /** Whether outcomes have no upper bound. */
  readonly isUnbounded: boolean;
}

/** A probability said, an outcome in [0, 1] (right or wrong, or a reward); the line is in log-odds. */
export const shareScale: OutcomeScale = {
  shareOf: (said) => said,
  termOf: logitOf,
  meanAt: (line) => 1 / (1 + Math.exp(-line)),
  slopeAt: (line) => {
    const mean = 1 / (1 + Math.exp(-line));
    return mean * (1 - mean);
  },
  // Logistic loss; ln(1 + exp(line)) without overflow.
  lossAt: (line, weight, sum) => weight * (Math.max(0, line) + Math.log1p(Math.exp(-Math.abs(line)))) - sum * line,
  // The largest that a mean in [0, 1] allows.
  variance: (mean) => Math.max(0, mean * (1 - mean)),
  isUnbounded: false,
};

/** An entropy said, a log loss that came of it, both in nats. */
export const natsScale: OutcomeScale = {
  shareOf: shareOfNats,
  termOf: (said) => said,
  meanAt: (line) => line,
  slopeAt: () => 1,
  lossAt: (line, weight, sum) => line * ((weight * line) / 2 - sum),
  variance: (_, bin, all) => {
    const pooled = squaresAround(all) / Math.max(1, all.weight);
    return (squaresAround(bin) + POOLED_OUTCOMES * pooled) / (bin.weight + POOLED_OUTCOMES);
  },
  isUnbounded: true,
};

function squaresAround({ weight, y, yy }: Readonly<OutcomeSums>): number {
  return weight > 0 ? Math.max(0, yy - (y * y) / weight) : 0;
}
