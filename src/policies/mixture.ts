import type { RewardEstimates } from '../learners/reward/reward-model.ts';
import type { PlaceChances, PlaceRule } from './place-rule.ts';

/** One rule for most places and another for the rest: their chances are mixed, so propensities stay exact. */
export class Mixture implements PlaceRule {
  readonly #first: PlaceRule;
  readonly #second: PlaceRule;
  readonly #share: number;

  /** @param share of places that `second` fills, in [0, 1] */
  constructor(first: PlaceRule, second: PlaceRule, share: number) {
    this.#first = first;
    this.#second = second;
    this.#share = share;
  }

  begin(estimates: RewardEstimates, decisions: number): PlaceChances {
    const share = this.#share;
    const first = this.#first.begin(estimates, decisions);
    const second = this.#second.begin(estimates, decisions);
    const other = new Float64Array(estimates.scores.length);
    return {
      write(left, out) {
        first.write(left, out);
        second.write(left, other);
        for (let i = 0; i < left.length; i++) out[i] = (1 - share) * out[i]! + share * other[i]!;
      },
    };
  }
}
