import type { Rng } from '../core/rng.ts';
import type { RewardEstimates } from '../learners/reward/reward-model.ts';
import type { PlaceChances, PlaceRule } from './place-rule.ts';
import { greedyOrder, type Policy, type Slate } from './policy.ts';

export interface EpsilonGreedyOptions {
  /** Chance, in each explored place, of a candidate drawn uniformly from those left. */
  readonly epsilon: number;
  /** Explored places, from the first. */
  readonly slots: number;
}

/**
 * Epsilon-greedy (Sutton and Barto, section 2.2) in every place of a slate: with probability epsilon a uniformly drawn candidate of the m left,
 * otherwise the best one left. The propensity is exact: (1 − ε)·[is the best left] + ε / m. Equal scores keep the host's order.
 */
export class EpsilonGreedy implements Policy {
  readonly #options: EpsilonGreedyOptions;

  constructor(options: EpsilonGreedyOptions) {
    this.#options = options;
  }

  /** @param estimates what a model knows, or scores alone */
  choose(estimates: RewardEstimates | Float64Array, rng: Rng): Slate {
    const left = greedyOrder(estimates instanceof Float64Array ? estimates : estimates.scores);
    const order: number[] = [];
    const propensities: number[] = [];
    const places = Math.min(this.#options.slots, left.length);
    for (let place = 0; place < places; place++) {
      const pick = rng.nextFloat() < this.#options.epsilon ? rng.nextInt(left.length) : 0;
      propensities.push((pick === 0 ? 1 - this.#options.epsilon : 0) + this.#options.epsilon / left.length);
      order.push(...left.splice(pick, 1));
    }
    return { order: [...order, ...left], propensities };
  }
}

export interface DecayingEpsilonOptions {
  /** Chance of a uniformly drawn candidate at the first decision. */
  readonly start: number;
  /** Decisions after which it is half of that: ε = start / (1 + decisions / halfAfter); Infinity keeps it. */
  readonly halfAfter: number;
}

/** Epsilon-greedy as a rule, with an epsilon that falls with 1/n (Auer et al. 2002, doi 10.1023/A:1013689704352). */
export class DecayingEpsilonGreedy implements PlaceRule {
  readonly #options: DecayingEpsilonOptions;

  constructor(options: DecayingEpsilonOptions) {
    this.#options = options;
  }

  begin(_: RewardEstimates, decisions: number): PlaceChances {
    const epsilon = this.#options.start / (1 + decisions / this.#options.halfAfter);
    return {
      write(left, out) {
        out.fill(epsilon / left.length);
        out[0]! += 1 - epsilon;
      },
    };
  }
}
