import type { RewardEstimates } from '../learners/reward/reward-model.ts';
import { HighestOfNormals } from './highest-of-normals.ts';
import type { PlaceChances, PlaceRule } from './place-rule.ts';

export interface ThompsonSamplingOptions {
  /** Spread of most draws, in posterior standard deviations. Below 1 because the posterior is wider than what matters for the order. */
  readonly spread: number;
  /** Spread of the other draws: a heavy tail for what the model extrapolated wrongly. */
  readonly tailSpread: number;
  /** Share of draws with the wide spread, in [0, 1]. */
  readonly tailShare: number;
}

/**
 * Thompson sampling (Thompson 1933; linear: Agrawal and Goyal 2013, arXiv 1209.3352): each candidate has the chance with which its score is
 * the highest under the posterior. The chances are integrated numerically, not sampled, and the place is then drawn from them: its
 * propensity is exact, and repeatable without the draws. With the estimates of a neural-linear model it is neural-linear Thompson sampling
 * (Riquelme et al. 2018, arXiv 1802.09127).
 */
export class ThompsonSampling implements PlaceRule {
  readonly #options: ThompsonSamplingOptions;
  readonly #highest = new HighestOfNormals();
  #tail = new Float64Array(0);

  constructor(options: ThompsonSamplingOptions) {
    this.#options = options;
  }

  begin({ scores, deviations }: RewardEstimates): PlaceChances {
    const { spread, tailSpread, tailShare } = this.#options;
    const body = Float64Array.from(deviations, (deviation) => spread * deviation);
    const wide = Float64Array.from(deviations, (deviation) => tailSpread * deviation);
    if (this.#tail.length < scores.length) this.#tail = new Float64Array(scores.length);
    const tail = this.#tail;
    return {
      write: (left, out) => {
        this.#highest.write(scores, body, left, out);
        if (tailShare === 0) return;
        this.#highest.write(scores, wide, left, tail);
        for (let i = 0; i < left.length; i++) out[i] = (1 - tailShare) * out[i]! + tailShare * tail[i]!;
      },
    };
  }
}
