import { Rng } from '../../../src/core/rng.ts';
import type { Features, RankingTask } from '../../../src/core/task.ts';
import type { Cost } from '../benchmark.ts';
import { range } from './environment.ts';
import { openRankingLearner } from './ranking-learner.ts';

const [CANDIDATES, FEATURES, ROUNDS] = [100, 32, 300];

/** Ranking 100 candidates with 32 numbers each (ten explored places), and learning one reward. */
export function rankingCost(monotonicMs: () => number): Cost {
  const names = range(FEATURES).map((index) => `x${index}`);
  const candidate = Object.fromEntries(names.map((name) => [name, 'numeric' as const]));
  const task: RankingTask = { id: 'cost', kind: 'ranking', schema: { candidate } };
  const learner = openRankingLearner(task, 1);
  const rng = Rng.fromSeed(1);
  const [rank, learn]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const candidates = range(CANDIDATES).map((): Features =>
      Object.fromEntries(names.map((name) => [name, rng.nextGaussian()])),
    );
    // Parsed beforehand, as a page's candidates are.
    candidates.forEach((item) => learner.prepare(item));
    const start = monotonicMs();
    const { order } = learner.rank({}, candidates, round);
    const ranked = monotonicMs();
    learner.learn({}, candidates[order[0]!]!, round % 3 === 0 ? 1 : 0);
    rank.push(ranked - start);
    learn.push(monotonicMs() - ranked);
  }
  return { predictUs: 1000 * median(rank), learnUs: 1000 * median(learn), stateBytes: learner.stateBytes() };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
