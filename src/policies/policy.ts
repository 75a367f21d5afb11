import type { Rng } from '../core/rng.ts';

/** An ordering of candidates with the chance that each place had of going to the one that got it. */
export interface Slate {
  /** Indices of the candidates, best place first; every candidate once. */
  readonly order: readonly number[];
  /**
   * [min(slots, candidates)]: for each explored place, the probability of its candidate given those placed before it. The probability of the
   * slate's first k places is the product of the first k. Places after them follow the scores and have probability 1.
   */
  readonly propensities: readonly number[];
}

/** Turns scores into an ordering; exploration is its business, learning is not. */
export interface Policy {
  /** @param scores one expected reward a candidate, in the host's own order */
  choose(scores: Float64Array, rng: Rng): Slate;
}
