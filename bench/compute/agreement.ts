import type { Opened } from './hosts/host.ts';
import { batchesOf, crossEntropy, outputsOf, type Shape } from './workload.ts';

const STEPS = 20;
/** Single precision in another order of summing; Adam carries it on. */
const LOSS_TOLERANCE = 1e-3;
/** A loss that moved less would agree whatever each had learned. */
const LEAST_PROGRESS = 0.01;
const SCORE_TOLERANCE = 1e-4;
/** Rows that are compared, one after another. */
const CALLS = 8;

/**
 * Lets all take the same steps from where they are.
 * @param rows of a training batch @returns the largest difference between their losses
 * @throws Error where they do not learn the same: then there is nothing to compare
 */
export async function assertSameLearning(all: readonly Opened[], shape: Shape, rows: number): Promise<number> {
  const before = await lossesOf(all, shape, rows);
  for (const one of all) await one.train(STEPS);
  const after = await lossesOf(all, shape, rows);
  const apart = Math.max(...after) - Math.min(...after);
  if (!(apart <= LOSS_TOLERANCE)) throw new Error(`after the same ${STEPS} steps the losses are ${after.join(', ')}`);
  const progress = Math.abs(before[0]! - after[0]!);
  if (!(progress >= LEAST_PROGRESS)) throw new Error(`${STEPS} steps moved the loss by ${progress} alone`);
  return apart;
}

/** @returns the largest difference between scores of the same row @throws Error where one row at a time is not predicted the same by all */
export async function assertSameScores(all: readonly Opened[]): Promise<number> {
  const differences: number[] = [];
  for (let call = 0; call < CALLS; call++) {
    const [first = [], ...others] = await Promise.all(all.map((one) => one.scores(1, call)));
    for (const scores of others) first.forEach((score, k) => differences.push(Math.abs(score - (scores[k] ?? NaN))));
  }
  const apart = Math.max(...differences);
  if (!(apart <= SCORE_TOLERANCE)) throw new Error(`scores of the same row differ by ${apart}`);
  return apart;
}

async function lossesOf(all: readonly Opened[], shape: Shape, rows: number): Promise<readonly number[]> {
  const { targets } = batchesOf(shape, rows)[0]!;
  const scores = await Promise.all(all.map((one) => one.scores(rows)));
  return scores.map((one) => crossEntropy(one, targets, outputsOf(shape)));
}
