import { Rng } from '../../../src/core/rng.ts';
import type { ClassificationTask, Features, RankingTask } from '../../../src/core/task.ts';

/** The compiler has done its work by then; measured after it. */
export const WARM_ROWS = 2_000;
export const TIMED_ROWS = 3_000;
export const LEARNED_REWARDS = 200;
export const RANKINGS = 300;

const INPUTS = 20;
const CANDIDATE_FEATURES = 32;
const CANDIDATES = 100;

const numeric = (count: number): Record<string, 'numeric'> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${String(index + 1)}`, 'numeric']));

export function classificationTask(seed: number): ClassificationTask {
  return { kind: 'classification', id: 'speed', seed, schema: { input: numeric(INPUTS) } };
}

export function rankingTask(seed: number): RankingTask {
  return {
    kind: 'ranking',
    id: 'speed-ranking',
    seed,
    schema: { candidate: numeric(CANDIDATE_FEATURES) },
  };
}

export interface Labelled {
  readonly input: Features;
  readonly label: string;
}

/** Twenty standard normal features; the label is the side of a plane, with one in ten at random. */
export function* labelledRows(count: number, seed: number): Generator<Labelled> {
  const rng = Rng.fromSeed(seed);
  const plane = normals(INPUTS, rng);
  for (let row = 0; row < count; row++) {
    const values = normals(INPUTS, rng);
    const side = values.reduce((sum, value, index) => sum + value * plane[index]!, 0) > 0;
    const noisy = rng.nextFloat() < 0.1 ? rng.nextFloat() < 0.5 : side;
    yield { input: named(values), label: noisy ? 'a' : 'b' };
  }
}

/** One hundred candidates of 32 standard normal features. */
export function candidateFeatures(seed: number): readonly Features[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: CANDIDATES }, () => named(normals(CANDIDATE_FEATURES, rng)));
}

function normals(count: number, rng: Rng): number[] {
  return Array.from({ length: count }, () => rng.nextGaussian());
}

function named(values: readonly number[]): Features {
  return Object.fromEntries(values.map((value, index) => [`x${String(index + 1)}`, value]));
}
