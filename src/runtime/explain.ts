import { explainDecision, type DecisionExplanation } from '../feedback/explain.ts';
import { join } from '../feedback/join.ts';
import type { DecisionRecord } from '../memory/records.ts';
import type { Store } from '../memory/store.ts';
import type { AnyTaskRuntime } from './tasks/create-task-runtime.ts';

/** Why a decision was made, by what is stored of it and by the model as it is now, and what came of it so far. */
export async function explain(
  store: Store,
  task: AnyTaskRuntime,
  decision: DecisionRecord,
): Promise<DecisionExplanation> {
  const { decisionId } = decision;
  const [signals, pending, contributions] = await Promise.all([
    store.signalsOf(decisionId),
    store.pending(decisionId),
    task.contributions(decision),
  ]);
  return explainDecision(decision, signals, join(decision, signals, task.rules), pending?.settled ?? {}, contributions);
}
