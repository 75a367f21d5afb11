import type { RewardEstimates } from '../learners/reward/reward-model.ts';
import { HighestOfNormals } from './highest-of-normals.ts';
import type { PlaceChances, PlaceRule } from './place-rule.ts';

/**
 * Thompson sampling (Thompson 1933; linear: Agrawal and Goyal 2013, arXiv 1209.3352): each candidate has the chance with which its score is
 * the highest under the posterior. The chances are integrated numerically, not sampled, and the place is then drawn from them: its
 * propensity is exact, and repeatable without the draws. With the estimates of a neural-linear model it is neural-linear Thompson sampling
 * (Riquelme et al. 2018, arXiv 1802.09127).
 */
export class ThompsonSampling implements PlaceRule {
  readonly #spread: number;

  /** @param spread of the draws, in posterior standard deviations; 1 is the posterior itself */
  constructor(spread: number) {
    this.#spread = spread;
  }

  begin({ scores, deviations }: RewardEstimates): PlaceChances {
    const spread = this.#spread;
    const highest = new HighestOfNormals(
      scores,
      Float64Array.from(deviations, (deviation) => spread * deviation),
    );
    return {
      write(left, out) {
        highest.write(left, out);
      },
    };
  }
}
