import type { Signal } from '../core/signal.ts';
import type { DecisionRecord } from '../memory/records.ts';
import { candidateIdOf } from './attribution.ts';
import { CLOCK_TOLERANCE_MS } from './collect-signals.ts';
import type { AttributionRules } from './signal-rules.ts';

/**
 * The decision that a signal without a decision id is about: the newest one of its task that had the item, was made before the signal, and whose window for
 * signals of this type had not closed. A signal about no item needs a task. Where none was made before it, one from within the tolerance of the clocks.
 * @param candidates newest first
 * @returns null where none fits
 */
export function findDecision(
  signal: Signal,
  candidates: readonly DecisionRecord[],
  rulesOf: (taskId: string) => AttributionRules,
): DecisionRecord | null {
  if (signal.item === undefined && signal.taskId === undefined) return null;
  const fitting = candidates.filter(
    (decision) =>
      decision.decidedAtMs <= signal.atMs + CLOCK_TOLERANCE_MS &&
      signal.atMs <= decision.decidedAtMs + rulesOf(decision.taskId).of(signal.type).windowMs &&
      (signal.taskId === undefined || signal.taskId === decision.taskId) &&
      (signal.item === undefined || hasItem(decision, signal)),
  );
  return fitting.find(({ decidedAtMs }) => decidedAtMs <= signal.atMs) ?? fitting.at(-1) ?? null;
}

function hasItem({ payload }: DecisionRecord, { item, taskId }: Signal): boolean {
  switch (payload.kind) {
    case 'ranking':
      return payload.candidateKeys.some((key) => candidateIdOf(key) === item);
    case 'retrieval':
      return payload.found.some(({ id }) => id === item);
    case 'classification':
      // Its item is a label, which may be a new one.
      return taskId !== undefined || (item !== undefined && Object.hasOwn(payload.probabilities, item));
    default:
      return false;
  }
}
