import type { UpliftSums } from './uplift-sums.ts';

/** What an uplift must rest on before its value may be acted on; its interval holds without. */
export interface UpliftFloors {
  /** Decisions of each arm. */
  readonly decisions: number;
  /** Sum of rewards of each arm. */
  readonly rewards: number;
}

export const defaultUpliftFloors: UpliftFloors = { decisions: 50, rewards: 5 };

export type UpliftRefusalReason = 'no-decisions' | 'share-wrong' | 'too-few-decisions' | 'too-few-rewards';

/** Why there is no value to act on, in numbers and in words. */
export interface UpliftRefusal {
  readonly reason: UpliftRefusalReason;
  readonly actual: number;
  /** What `actual` must reach; for `share-wrong`, what it must not pass. */
  readonly floor: number;
  readonly explanation: string;
}

/** Standard errors that the share of the host's decisions may be away from the declared one; by chance it is once in two million. */
const TOLERATED_ERRORS = 5;

/** The first floor that does not hold, the most basic one first. */
export function upliftRefusal(sums: UpliftSums, share: number, floors: UpliftFloors): UpliftRefusal | null {
  const count = sums.host.count + sums.model.count;
  if (count === 0) return { reason: 'no-decisions', actual: 0, floor: 1, explanation: 'no decision has a reward yet' };
  return shareRefusal(sums.host.count, count, share) ?? sizeRefusal(sums, floors);
}

function shareRefusal(hostCount: number, count: number, share: number): UpliftRefusal | null {
  const errors = Math.abs(hostCount - share * count) / Math.sqrt(count * share * (1 - share));
  if (errors <= TOLERATED_ERRORS) return null;
  const explanation = `${hostCount} of ${count} decisions kept the host's order, which is not a share of ${share}: they were not drawn as declared, or one kind is reported less often`;
  return { reason: 'share-wrong', actual: errors, floor: TOLERATED_ERRORS, explanation };
}

function sizeRefusal({ host, model }: UpliftSums, floors: UpliftFloors): UpliftRefusal | null {
  const decisions = Math.min(host.count, model.count);
  if (decisions < floors.decisions) {
    const explanation = `one of the two orders has ${decisions} decisions, fewer than ${floors.decisions}`;
    return { reason: 'too-few-decisions', actual: decisions, floor: floors.decisions, explanation };
  }
  const rewards = Math.min(host.rewards, model.rewards);
  if (rewards < floors.rewards) {
    const explanation = `the rewards of one of the two orders add up to ${Number(rewards.toPrecision(3))}, less than ${floors.rewards}: one more or less changes the uplift`;
    return { reason: 'too-few-rewards', actual: rewards, floor: floors.rewards, explanation };
  }
  return null;
}
