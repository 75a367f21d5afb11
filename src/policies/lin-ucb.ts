import type { RewardEstimates } from '../learners/reward/reward-model.ts';
import type { PlaceChances, PlaceRule } from './place-rule.ts';

/** The candidate whose score plus `alpha` standard deviations is highest (Li et al. 2010, arXiv 1003.0146); of equals the one with the higher score. */
export class LinUcb implements PlaceRule {
  readonly #alpha: number;

  constructor(alpha: number) {
    this.#alpha = alpha;
  }

  begin({ scores, deviations }: RewardEstimates): PlaceChances {
    const bound = (candidate: number): number => scores[candidate]! + this.#alpha * deviations[candidate]!;
    return {
      write(left, out) {
        let best = 0;
        for (let i = 1; i < left.length; i++) if (bound(left[i]!) > bound(left[best]!)) best = i;
        out.fill(0);
        out[best] = 1;
      },
    };
  }
}
