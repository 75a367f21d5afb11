import type { Rng } from '../../../src/core/rng.ts';
import type { LoggedInteraction } from '../../../src/monitor/off-policy/logged-interaction.ts';
import { POSITIONS, type LoggingPolicy, type OpenBanditLog } from './log.ts';

/** [positions] of [actions]. */
export type ContextFreePolicy = readonly Float64Array[];

/**
 * The policy behind a log as one that knows nothing of the visitor: uniform for `random`; for `bts`, which has no context but learned while it
 * ran, the share of each item at each place of its own log. No click is looked at.
 */
export function contextFreePolicy(policy: LoggingPolicy, log: OpenBanditLog): ContextFreePolicy {
  if (policy === 'random') {
    return Array.from({ length: POSITIONS }, () => new Float64Array(log.actions).fill(1 / log.actions));
  }
  const shares = Array.from({ length: POSITIONS }, () => new Float64Array(log.actions));
  log.action.forEach((action, row) => shares[log.position[row]!]![action]!++);
  return shares.map((counts) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => count / total);
  });
}

/** @param predicted [rows] of [actions] */
export function* interactions(
  log: OpenBanditLog,
  rows: Int32Array,
  evaluation: ContextFreePolicy,
  predicted: readonly Float64Array[],
): Generator<LoggedInteraction> {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const position = log.position[row]!;
    yield {
      action: log.action[row]!,
      position,
      reward: log.reward[row]!,
      propensity: log.propensity[row]!,
      evaluationProbabilities: evaluation[position]!,
      predictedRewards: predicted[i]!,
    };
  }
}

export function allRows({ action }: OpenBanditLog): Int32Array {
  return Int32Array.from(action, (_, row) => row);
}

/** As many rows, drawn with replacement. */
export function bootstrapRows({ action }: OpenBanditLog, rng: Rng): Int32Array {
  return Int32Array.from(action, () => rng.nextInt(action.length));
}

/** The largest weight that the uniform policy's log can give, known before it is read; none is known for `bts`, which may come as near 0 as it likes. */
export function largestWeight(logging: LoggingPolicy, evaluation: ContextFreePolicy): number {
  if (logging !== 'random') return Infinity;
  return Math.max(...evaluation.map((probabilities) => Math.max(...probabilities) * probabilities.length));
}
