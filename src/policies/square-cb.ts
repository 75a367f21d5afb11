import type { RewardEstimates } from '../learners/reward/reward-model.ts';
import type { PlaceChances, PlaceRule } from './place-rule.ts';

export interface SquareCbOptions {
  /** γ = scale · (n + 1) ^ exponent; 10 and 0.5 as in Vowpal Wabbit. */
  readonly scale: number;
  readonly exponent: number;
}

/**
 * Inverse gap weighting (Foster and Rakhlin 2020, arXiv 2002.04926): 1 / (K + γ · gap) for each candidate, the rest for the best. Needs no uncertainty.
 * γ grows with n, the decisions taken, or the experiences that the estimates rest on where those are fewer: a change found lets it start again.
 */
export class SquareCb implements PlaceRule {
  readonly #options: SquareCbOptions;

  constructor(options: SquareCbOptions = { scale: 10, exponent: 0.5 }) {
    this.#options = options;
  }

  begin({ means, experiences = Infinity }: RewardEstimates, decisions: number): PlaceChances {
    const gamma = this.#options.scale * (Math.min(decisions, experiences) + 1) ** this.#options.exponent;
    return {
      write(left, out) {
        const highest = means[left[0]!]!;
        let others = 0;
        for (let i = 1; i < left.length; i++) {
          out[i] = 1 / (left.length + gamma * (highest - means[left[i]!]!));
          others += out[i]!;
        }
        out[0] = 1 - others;
      },
    };
  }
}
