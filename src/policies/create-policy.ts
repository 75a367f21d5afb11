import { DecayingEpsilonGreedy } from './epsilon-greedy.ts';
import { Greedy } from './greedy.ts';
import { LinUcb } from './lin-ucb.ts';
import { Mixture } from './mixture.ts';
import type { PlaceRule } from './place-rule.ts';
import { SlatePolicy, type SlatePolicyOptions } from './slate-policy.ts';
import { SquareCb } from './square-cb.ts';
import { ThompsonSampling } from './thompson-sampling.ts';

/** Which exploration, and its one setting. */
export type Exploration =
  | { readonly kind: 'greedy' }
  | { readonly kind: 'epsilon-greedy'; readonly epsilon: number; readonly halfAfter?: number }
  | { readonly kind: 'lin-ucb'; readonly alpha: number }
  | {
      readonly kind: 'thompson-sampling';
      readonly spread: number;
      /** Share of places filled by inverse gap weighting instead: it finds what the model wrongly extrapolated to be hopeless. Default 0. */
      readonly inverseGapShare?: number;
    }
  | { readonly kind: 'square-cb'; readonly scale: number };

export interface PolicyOptions extends Partial<SlatePolicyOptions> {
  readonly exploration?: Exploration;
}

/** Spread and share: chosen among a dozen pairs on the seeded synthetic bandits of bench/learning/bandits, having seen the news and the mushroom figures too. */
export const POLICY_DEFAULTS: SlatePolicyOptions & { readonly exploration: Exploration } = {
  exploration: { kind: 'thompson-sampling', spread: 0.3, inverseGapShare: 0.1 },
  slots: 10,
  floor: 0.01,
  floorExperiences: 1000,
  budget: { share: 0.05, credit: 100 },
};

export function createPolicy(options: PolicyOptions = {}): SlatePolicy {
  const { exploration, ...rest } = { ...POLICY_DEFAULTS, ...options };
  return new SlatePolicy(createRule(exploration), rest);
}

function createRule(exploration: Exploration): PlaceRule {
  switch (exploration.kind) {
    case 'greedy':
      return new Greedy();
    case 'epsilon-greedy':
      return new DecayingEpsilonGreedy({ start: exploration.epsilon, halfAfter: exploration.halfAfter ?? Infinity });
    case 'lin-ucb':
      return new LinUcb(exploration.alpha);
    case 'thompson-sampling':
      return thompsonSampling(exploration.spread, exploration.inverseGapShare ?? 0);
    case 'square-cb':
      return new SquareCb({ scale: exploration.scale, exponent: 0.5 });
  }
}

function thompsonSampling(spread: number, inverseGapShare: number): PlaceRule {
  const rule = new ThompsonSampling(spread);
  return inverseGapShare === 0 ? rule : new Mixture(rule, new SquareCb(), inverseGapShare);
}
