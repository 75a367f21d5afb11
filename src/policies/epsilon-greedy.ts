import type { Rng } from '../core/rng.ts';
import type { Policy, Slate } from './policy.ts';

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

  choose(scores: Float64Array, rng: Rng): Slate {
    const left = greedyOrder(scores);
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

/** Indices by falling score; the sort is stable, so equal scores keep their order. */
function greedyOrder(scores: Float64Array): number[] {
  return Array.from(scores, (_, index) => index).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
}
