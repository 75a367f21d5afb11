import { Rng } from '../../../src/core/rng.ts';
import type { EstimatorName } from '../../../src/monitor/off-policy/estimator.ts';
import { allEstimators } from '../../../src/monitor/off-policy/estimators.ts';
import { evaluateOffPolicy, type OffPolicyEstimate } from '../../../src/monitor/off-policy/off-policy-evaluation.ts';
import { allRows, bootstrapRows, contextFreePolicy, interactions, largestWeight } from './interactions.ts';
import type { LoggingPolicy, OpenBanditLog } from './log.ts';
import { crossFittedClicks } from './reward-model.ts';

export interface Direction {
  readonly logging: LoggingPolicy;
  readonly evaluation: LoggingPolicy;
}

export const DIRECTIONS: readonly Direction[] = [
  { logging: 'random', evaluation: 'bts' },
  { logging: 'bts', evaluation: 'random' },
];

export interface Evaluated {
  /** What the default floors say. */
  readonly guarded: OffPolicyEstimate;
  /** What the estimator says without any floor. */
  readonly value: number;
  readonly standardError: number;
}

const NO_FLOORS = { effectiveSamples: 0, effectiveRewards: 0, unsupported: Infinity };

/** Estimates the value of one policy from the log of the other. @param sample the whole log, or as many rows drawn from it */
export function evaluateDirection(
  logs: Readonly<Record<LoggingPolicy, OpenBanditLog>>,
  { logging, evaluation }: Direction,
  sample: 'whole' | 'bootstrap',
  seed: number,
): Map<EstimatorName, Evaluated> {
  const rng = Rng.fromSeed(seed);
  const log = logs[logging];
  const rows = sample === 'whole' ? allRows(log) : bootstrapRows(log, rng);
  const policy = contextFreePolicy(evaluation, logs[evaluation]);
  const predicted = crossFittedClicks(log, rows, rng);
  const maxWeight = largestWeight(logging, policy);
  const evaluate = (floors: object) =>
    evaluateOffPolicy(interactions(log, rows, policy, predicted), allEstimators(), { maxWeight, floors });
  const free = evaluate(NO_FLOORS);
  return new Map(
    evaluate({}).map((guarded, index) => {
      const unguarded = free[index]!;
      if (unguarded.status === 'refused') throw new Error(`nothing to evaluate: ${unguarded.refusal.explanation}`);
      const { value, standardError } = unguarded;
      return [guarded.estimator, { guarded, value, standardError }];
    }),
  );
}
