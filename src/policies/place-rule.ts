import type { RewardEstimates } from '../learners/reward/reward-model.ts';

/** How one kind of policy fills one place of a slate. */
export interface PlaceRule {
  /** Prepares for the places of one decision. @param decisions taken before this one */
  begin(estimates: RewardEstimates, decisions: number): PlaceChances;
}

export interface PlaceChances {
  /**
   * Writes into `out` [left.length] the chance of each candidate that is left; they add up to 1.
   * @param left candidates not placed yet, by falling score
   */
  write(left: readonly number[], out: Float64Array): void;
}
