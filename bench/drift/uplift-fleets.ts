import type { Rng } from '../../src/core/rng.ts';
import { emptyUpliftSums, type UpliftSums } from '../../src/monitor/sequential/uplift-sums.ts';

export interface FleetKind {
  readonly name: string;
  /** Mean reward of the host's order, of an average visitor. */
  readonly base: number;
  /** Mean uplift of an average visitor, at the end. */
  readonly uplift: number;
  /** Visitors all the same, or very different: few with most of the rewards and most of the uplift. */
  readonly visitors: 'alike' | 'different';
  /** The uplift is there from the start; or grows while the model learns, and rewards swing by a half of their mean. */
  readonly time: 'steady' | 'changing';
  /** Clicks; or a share of something, of 0, 1/4, … 1. */
  readonly rewards: 'clicks' | 'shares';
}

/** Sums of a fleet when it is looked at, and what the uplift of its decisions so far was in truth. */
export interface FleetLook {
  readonly sums: UpliftSums;
  readonly truth: number;
}

/** Every decision of a fleet, visitor after visitor, looked at after each of these numbers of decisions. */
export function* fleetLooks(kind: FleetKind, looks: readonly number[], share: number, rng: Rng): Generator<FleetLook> {
  const arms = { host: { ...emptyUpliftSums.host }, model: { ...emptyUpliftSums.model } };
  let [visitor, left, uplifts, decisions] = [nextVisitor(kind, rng), visitLength(rng), 0, 0];
  for (const look of looks) {
    for (; decisions < look; decisions++) {
      if (left-- === 0) [visitor, left] = [nextVisitor(kind, rng), visitLength(rng) - 1];
      const [base, uplift] = meansAt(kind, visitor, decisions);
      const kept = rng.nextFloat() < share;
      const reward = rewardOf(kind, kept ? base : base + uplift, rng);
      const arm = kept ? arms.host : arms.model;
      arm.count++;
      arm.rewards += reward;
      arm.squares += reward * reward;
      uplifts += uplift;
    }
    yield { sums: { host: { ...arms.host }, model: { ...arms.model } }, truth: uplifts / decisions };
  }
}

/** Decisions of a visitor: 1 to hundreds, 20 on average. */
function visitLength(rng: Rng): number {
  return 1 + Math.floor(-19 * Math.log(1 - rng.nextFloat()));
}

/** What the means of the kind are multiplied by for this visitor. */
function nextVisitor({ visitors }: FleetKind, rng: Rng): number {
  if (visitors === 'alike') return 1;
  const luck = rng.nextFloat();
  return luck < 0.6 ? 0.2 : luck < 0.9 ? 1.6 : 4;
}

function meansAt({ base, uplift, time }: FleetKind, visitor: number, t: number): readonly [number, number] {
  const [swing, learned] = time === 'changing' ? [1 + 0.5 * Math.sin(t / 400), t / (t + 1_000)] : [1, 1];
  const mean = Math.min(1, base * visitor * swing);
  return [mean, Math.min(1, Math.max(0, mean + uplift * visitor * learned)) - mean];
}

/** A reward of this mean. */
function rewardOf({ rewards }: FleetKind, mean: number, rng: Rng): number {
  if (rewards === 'clicks') return rng.nextFloat() < mean ? 1 : 0;
  let quarters = 0;
  for (let i = 0; i < 4; i++) if (rng.nextFloat() < mean) quarters++;
  return quarters / 4;
}
