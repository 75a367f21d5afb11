import type { PartState } from '../../core/part-state.ts';
import type { LocalTime } from '../../core/local-time.ts';
import type { Row } from '../row.ts';

/**
 * What a model knows about the candidates of one decision. `scores` and `deviations` are log-odds; the order of the scores is the order of
 * the means.
 */
export interface RewardEstimates {
  /** [candidates] expected reward, in [0, 1]. */
  readonly means: Float64Array;
  /** [candidates] mean of the posterior of the score. */
  readonly scores: Float64Array;
  /**
   * [candidates] posterior standard deviation of the score against the other candidates: what all of them share (the context's own weights,
   * the intercept) cannot change their order and is left out. Differences of two independent draws with these deviations have, over the
   * candidate set, the variance that differences of scores have under the joint posterior.
   */
  readonly deviations: Float64Array;
  /** Experiences that the estimates rest on: fewer than were learned where some are forgotten, and after a change. Absent where nobody counted. */
  readonly experiences?: number;
}

/** The decision that a reward came of. */
export interface Occasion {
  /** By the visitor's clock; absent where that is not known. */
  readonly when?: LocalTime | undefined;
  /** Without it every reward counts as one of a decision of its own. */
  readonly decisionId?: string;
}

/** Learns rewards in [0, 1] one at a time and says how sure it is. Predicting changes nothing. */
export interface RewardModel {
  /** @param when by the visitor's clock, where that is known */
  predict(rows: readonly Row[], when?: LocalTime): RewardEstimates;
  /** @param reward in [0, 1] @param weight ≥ 0; 1 is an ordinary experience @param occasion of the decision */
  learnOne(row: Row, reward: number, weight: number, occasion?: Occasion): void;
  /** A copy of everything that learning changed. */
  state(): PartState;
  /** Continues exactly where `state` was taken. @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void;
}
