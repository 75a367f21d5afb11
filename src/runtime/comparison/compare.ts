import type { Tabs } from '../environment.ts';
import { memoryLock } from '../memory-keeper.ts';
import type { ComparisonStatus } from '../../protocol/messages.ts';
import type { AnyTaskRuntime } from '../tasks/create-task-runtime.ts';
import type { Comparison } from './comparison.ts';
import type { RankingRuntime } from '../tasks/ranking-runtime.ts';

/**
 * Counts what came of decisions under the model's order and the page's, and draws the consequence: in the tab that learns, for rankings.
 * @param isWanted false stops it; it goes on the next time
 */
export async function compare(task: AnyTaskRuntime, tabs: Tabs, isWanted?: () => boolean): Promise<void> {
  const { modelKey, learning } = task.host;
  if (task.kind !== 'ranking' || !learning) return;
  const comparison = await task.comparison();
  const verdict = await tabs.exclusive(memoryLock(modelKey), () => comparison.count(isWanted));
  task.uplift = comparison.status().uplift;
  if (verdict === 'worse') await comparison.standBack();
  if (verdict === 'version-worse') await goBack(task);
  tell(task, comparison, tabs);
}

/** Those who follow only need to know whether the model stands back. */
function tell(task: RankingRuntime, { standsBack }: Comparison, tabs: Tabs): void {
  if (task.standsBack === standsBack) return;
  task.standsBack = standsBack;
  tabs.post({ type: 'comparison', modelKey: task.host.modelKey });
}

/** The page's own order brings more than this version: an earlier one serves, or none, until a better one is found. */
async function goBack(task: RankingRuntime): Promise<void> {
  const { host } = task;
  const why = 'the page’s own order brings more';
  if (host.lineage.guards.length > 0) await host.rollBack({ by: 'tendril', why, setAside: true });
  else await (await task.comparison()).standBack();
}

/** Another version serves: a model that stood back answers again. */
export async function promoted(task: AnyTaskRuntime, position: number, tabs: Tabs): Promise<void> {
  if (task.kind !== 'ranking' || task.standsBack !== 'worse') return;
  const comparison = await task.comparison();
  await comparison.promoted(position);
  tell(task, comparison, tabs);
}

/** null where it is no ranking. */
export async function comparisonStatus(task: AnyTaskRuntime): Promise<ComparisonStatus | null> {
  if (task.kind !== 'ranking') return null;
  const comparison = await task.comparison();
  // Where this tab learns, it has just counted.
  if (!task.host.learning) await comparison.open();
  return comparison.status();
}
