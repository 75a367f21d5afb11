import * as v from 'valibot';
import { readSequentialState, stateAmount, stateCount } from './sequential-state.ts';

const armSums = v.object({
  count: stateCount,
  /** Of rewards in [0, 1], and of their squares. */
  rewards: stateAmount,
  squares: stateAmount,
});
const upliftSums = v.object({ host: armSums, model: armSums });

export type ArmSums = v.InferOutput<typeof armSums>;
/** All that an uplift is made of: decisions that kept the host's order, and decisions that the model ordered. */
export type UpliftSums = v.InferOutput<typeof upliftSums>;

const noDecisions: ArmSums = { count: 0, rewards: 0, squares: 0 };
export const emptyUpliftSums: UpliftSums = { host: noDecisions, model: noDecisions };

/** One decision whose reward is settled. */
export interface UpliftDecision {
  /** Whether it was drawn to keep the host's order. */
  readonly keptHostOrder: boolean;
  /** In [0, 1]. */
  readonly reward: number;
}

/** Of one decision. */
export function upliftSumsOf({ keptHostOrder, reward }: UpliftDecision): UpliftSums {
  const one = { count: 1, rewards: reward, squares: reward * reward };
  return keptHostOrder ? { ...emptyUpliftSums, host: one } : { ...emptyUpliftSums, model: one };
}

/**
 * A fleet's sums are those of its devices, added up in any order and at any time. What is proven with them stays valid as long as neither share nor task
 * differ between devices, and whether a device reports does not depend on the rewards that it has not reported.
 */
export function addUpliftSums(a: UpliftSums, b: UpliftSums): UpliftSums {
  return { host: addArms(a.host, b.host), model: addArms(a.model, b.model) };
}

function addArms(a: ArmSums, b: ArmSums): ArmSums {
  return { count: a.count + b.count, rewards: a.rewards + b.rewards, squares: a.squares + b.squares };
}

/** @throws CHECKPOINT_CORRUPT */
export function readUpliftSums(value: unknown): UpliftSums {
  const sums = readSequentialState(upliftSums, value);
  return { host: readSequentialState(possible, sums.host), model: readSequentialState(possible, sums.model) };
}

/** Rounding of sums is forgiven. */
const possible = v.pipe(
  armSums,
  v.check(({ count, rewards, squares }) => {
    const slack = 1e-9 * (1 + count);
    return rewards <= count + slack && squares <= rewards + slack;
  }, 'no rewards in [0, 1] have these sums'),
);
