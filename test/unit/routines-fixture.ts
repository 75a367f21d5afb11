import type { LocalTime } from '../../src/core/local-time.ts';
import { Rng } from '../../src/core/rng.ts';
import { BayesianLogisticModel } from '../../src/learners/reward/bayesian-logistic-model.ts';
import type { RewardModel } from '../../src/learners/reward/reward-model.ts';
import type { Row } from '../../src/learners/row.ts';
import { RecurringModel } from '../../src/learners/routines/recurring-model.ts';
import { rowOf } from './reward-fixtures.ts';

export const TOPICS = 5;
export const SHAPE = { rawSize: 0, denseSize: 0, hashSize: 64 };
export const rows: readonly Row[] = Array.from({ length: TOPICS }, (_, topic) => rowOf([], [topic]));
export const MORNING: LocalTime = { weekday: 2, hour: 8 };
export const EVENING: LocalTime = { weekday: 2, hour: 20 };
export const SUNDAY: LocalTime = { weekday: 0, hour: 8 };

export function openBase(): BayesianLogisticModel {
  return new BayesianLogisticModel(SHAPE);
}

export function open(): RecurringModel {
  return new RecurringModel(openBase());
}

export function favourite(model: RewardModel, when?: LocalTime): number {
  const { means } = model.predict(rows, when);
  return means.indexOf(Math.max(...means));
}

let decisions = 0;

/** Decisions about all topics in a random order, of which the liked one is clicked, mostly, and no other, mostly. */
export function live(model: RewardModel, liked: number, count: number, rng: Rng, when?: LocalTime): void {
  for (let round = 0; round < count; round++) {
    decisions += 1;
    for (const topic of rng.shuffle(rows.map((_, index) => index))) {
      const reward = rng.nextFloat() < (topic === liked ? 0.8 : 0.05) ? 1 : 0;
      model.learnOne(rows[topic]!, reward, 1, { when, decisionId: `d${decisions}` });
    }
  }
}

/** Decisions about all topics until the liked one is the favourite. */
export function decisionsUntilRecognised(model: RewardModel, liked: number, rng: Rng, when?: LocalTime): number {
  for (let round = 0; round < 100; round++) {
    if (favourite(model, when) === liked) return round;
    live(model, liked, 1, rng, when);
  }
  return 100;
}

export function fresh(seed: number): Rng {
  return Rng.fromSeed(seed);
}
