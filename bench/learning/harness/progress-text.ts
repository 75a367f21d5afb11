import { DEFAULT_METHOD, type LearningBenchmark } from '../benchmark.ts';
import type { RunOutcome } from '../run-benchmarks.ts';
import { metricLabel, spreadText } from './format.ts';
import { checkGoals } from './goals.ts';

/** What to say when a benchmark has ended. */
export function outcomeLines({ title, goals }: LearningBenchmark, outcome: RunOutcome): string[] {
  if (outcome.type === 'skipped')
    return [`${title}: skipped, there is no ${outcome.missing.join(', ')} (set TENDRIL_DATA)`];
  if (outcome.type === 'failed') return [`${title}: FAILED, its results stay as they were`];
  const { methods } = outcome.result;
  const own = methods.find(({ method }) => method === DEFAULT_METHOD);
  const reached = checkGoals(goals, methods).filter((check) => check.reached).length;
  const metrics = Object.entries(own?.metrics ?? {}).map(
    ([name, value]) => `${metricLabel(name)} ${spreadText(value, name)}`,
  );
  return [`${title}: ${metrics.join(', ')}; goals reached: ${String(reached)} of ${String(goals.length)}`];
}
