import type { Rng } from '../core/rng.ts';
import type { RewardEstimates } from '../learners/reward/reward-model.ts';

/** An ordering of candidates with the chance that each place had of going to the one that got it. */
export interface Slate {
  /** Indices of the candidates, best place first; every candidate once. */
  readonly order: readonly number[];
  /**
   * [min(slots, candidates)]: for each explored place, the probability of its candidate given those placed before it. The probability of the
   * slate's first k places is the product of the first k. Places after them follow the scores and have probability 1.
   */
  readonly propensities: readonly number[];
  /**
   * [candidates] probability that each candidate had of the first place, whoever was placed before; the propensity of a candidate at the
   * first place without conditions. Absent where no place was explored.
   */
  readonly firstPlace?: Float64Array;
}

/** Which candidates a policy may choose from for the next place: a function of what was placed before, without chance. */
export interface Admission {
  /** Those of `left` that may take the next place, in the order of `left`; never empty unless `left` is. */
  open(left: readonly number[]): readonly number[];
  /** The next place went to this candidate. */
  place(candidate: number): void;
}

/** Turns estimates into an ordering; exploration is its business, learning is not. */
export interface Policy {
  /** @param estimates of the candidates, in the host's own order @param rng the decision's own: the same seed, the same slate */
  choose(estimates: RewardEstimates, rng: Rng, admission?: Admission): Slate;
}

/** Indices by falling score; the sort is stable, so equal scores keep the host's order. */
export function greedyOrder(scores: Float64Array): number[] {
  return Array.from(scores, (_, index) => index).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
}
