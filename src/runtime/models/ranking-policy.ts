import { canonicalJson, murmur3 } from '../../core/hashing.ts';
import type { PartState } from '../../core/part-state.ts';
import { corrupt } from '../../core/read-state.ts';
import type { Rng } from '../../core/rng.ts';
import type { RewardEstimates } from '../../learners/reward/reward-model.ts';
import type { ParsedRankingTask } from '../../learners/task-schema.ts';
import { createPolicy, POLICY_DEFAULTS, type Exploration, type PolicyOptions } from '../../policies/create-policy.ts';
import type { Admission, Policy, Slate } from '../../policies/policy.ts';
import type { SlatePolicy } from '../../policies/slate-policy.ts';

/** Decisions' worth of the best expected reward that exploration may give up beyond its share: at the start, and after a change. */
const EXPLORATION_CREDIT = 100;
const DEFAULT_EPSILON = 0.1;

/**
 * A ranking task's policy as it is declared, with an account that outlives the worker: how many decisions it took and what exploration may still give up.
 * Decisions are taken between checkpoints, and a checkpoint is stored only when something was learned: after a restart the account is that of the last
 * checkpoint, and what was spent on decisions since is not charged. It stays on the device: what one visitor's exploration cost is of no use to another.
 */
export class RankingPolicy implements Policy {
  readonly name: string;
  readonly #policy: SlatePolicy;
  /** Of the declaration that the account belongs to. */
  readonly #declared: number;
  /** A declared epsilon has no account: every decision is like the first. */
  readonly #hasAccount: boolean;

  constructor({ exploration }: ParsedRankingTask) {
    this.name = exploration.policy ?? (exploration.epsilon === undefined ? 'thompson-sampling' : 'epsilon-greedy');
    const options = optionsOf(this.name, exploration);
    this.#policy = createPolicy(options);
    this.#declared = murmur3(canonicalJson({ name: this.name, ...options }));
    this.#hasAccount = this.name !== 'epsilon-greedy';
  }

  choose(estimates: RewardEstimates, rng: Rng, admission?: Admission): Slate {
    return this.#policy.choose(estimates, rng, admission);
  }

  /** Empty where there is no account. */
  state(): Readonly<Record<string, PartState>> {
    if (!this.#hasAccount) return {};
    const { tensors, values } = this.#policy.state();
    return { policy: { tensors, values: { ...values, declared: this.#declared } } };
  }

  /** Goes on with the account of a stored state; that of another declaration is passed over. @throws CHECKPOINT_CORRUPT */
  restore({ policy }: Readonly<Record<string, PartState>>): void {
    if (!policy) return;
    const { declared } = policy.values;
    if (typeof declared !== 'number') throw corrupt('"declared" of the policy is not a number');
    if (this.#hasAccount && declared === this.#declared) this.#policy.restore(policy);
  }
}

function optionsOf(name: string, { epsilon, slots, floor, maxCost }: ParsedRankingTask['exploration']): PolicyOptions {
  // A declared epsilon is a promise: neither floor nor budget bends it.
  if (name === 'epsilon-greedy') {
    return { exploration: { kind: name, epsilon: epsilon ?? DEFAULT_EPSILON }, slots, floor: 0, budget: null };
  }
  const share = Math.max(floor ?? POLICY_DEFAULTS.floor, maxCost);
  return {
    ...explorationOf(name),
    slots,
    // So is a declared floor.
    ...(floor !== undefined && { floor, floorExperiences: Infinity }),
    budget: { share, credit: EXPLORATION_CREDIT },
  };
}

/** The settings of a named policy; those of the default are the policies' own. */
function explorationOf(policy: string): { readonly exploration?: Exploration } {
  switch (policy) {
    case 'greedy':
      return { exploration: { kind: 'greedy' } };
    case 'lin-ucb':
      return { exploration: { kind: 'lin-ucb', alpha: 1 } };
    case 'square-cb':
      return { exploration: { kind: 'square-cb', scale: 10 } };
    default:
      return {};
  }
}
