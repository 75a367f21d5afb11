import { Rng } from '../../../src/core/rng.ts';
import type { BanditEnvironment } from './environment.ts';
import { openRankingLearner, type RankingLearnerSettings } from './ranking-learner.ts';

export interface Played {
  /** (expected reward − uniform's) / (the best possible − uniform's): 0 for uniform choice, 1 for an oracle. */
  readonly share: number;
  readonly reward: number;
}

/** One candidate is shown a round, and its reward is learned at once. */
export function play(environment: BanditEnvironment, seed: number, settings: RankingLearnerSettings = {}): Played {
  const world = environment.open(Rng.fromSeed(seed));
  const learner = openRankingLearner(world.task, seed, settings);
  const [draws, rewards] = [Rng.fromSeed(seed + 1000), Rng.fromSeed(seed + 2000)];
  let [got, uniform, best] = [0, 0, 0];
  for (let index = 0; index < world.rounds; index++) {
    const { context, candidates, expected, draw } = world.round(index, draws);
    const shown = learner.rank(context, candidates, seed * 1_000_003 + index).order[0]!;
    got += expected[shown]!;
    best += Math.max(...expected);
    uniform += expected.reduce((sum, value) => sum + value, 0) / expected.length;
    learner.learn(context, candidates[shown]!, draw(shown, rewards));
  }
  return { share: (got - uniform) / (best - uniform), reward: got / world.rounds };
}
