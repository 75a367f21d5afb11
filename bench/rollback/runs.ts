import { Rng } from '../../src/core/rng.ts';
import { quantile } from '../lib/quantile.ts';

/** Lengths of runs: values until something happened, or null where it did not. */
export type RunLengths = readonly (number | null)[];

/** One run a seed. @param offset keeps the seeds of different settings apart */
export function runLengths(runs: number, offset: number, one: (rng: Rng) => number | null): RunLengths {
  return Array.from({ length: runs }, (_, index) => one(Rng.fromSeed(1_000_003 * offset + index)));
}

export function shareOf(lengths: RunLengths): number {
  return lengths.filter((length) => length !== null).length / lengths.length;
}

/** Over all runs, those in which it did not happen last; `most` where the quantile is one of these. */
export function quantileOf(lengths: RunLengths, probability: number, most: number): number {
  return quantile(
    lengths.map((length) => length ?? most),
    probability,
  );
}
