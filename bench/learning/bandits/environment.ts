import type { Rng } from '../../../src/core/rng.ts';
import type { Features, RankingTask } from '../../../src/core/task.ts';

export interface BanditRound {
  readonly context: Features;
  readonly candidates: readonly Features[];
  /** [candidates] expected reward, in [0, 1]. */
  readonly expected: readonly number[];
  /** The reward of showing one candidate. */
  readonly draw: (candidate: number, rng: Rng) => number;
}

/** A seeded world that a ranking learner acts in. */
export interface BanditWorld {
  readonly task: RankingTask;
  readonly rounds: number;
  round(index: number, rng: Rng): BanditRound;
}

export interface BanditEnvironment {
  readonly name: string;
  open(rng: Rng): BanditWorld;
}

export function bernoulli(expected: readonly number[]): BanditRound['draw'] {
  return (candidate, rng) => (rng.nextFloat() < expected[candidate]! ? 1 : 0);
}

export function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
