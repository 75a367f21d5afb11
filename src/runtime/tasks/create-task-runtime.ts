import type { ParsedTask } from '../../learners/task-schema.ts';
import type { ClassificationRuntime } from './classification-runtime.ts';
import type { ForecastingRuntime } from './forecasting-runtime.ts';
import type { RankingRuntime } from './ranking-runtime.ts';
import type { RegressionRuntime } from './regression-runtime.ts';
import type { RetrievalRuntime } from './retrieval-runtime.ts';
import type { OpenParts } from './task-runtime.ts';

export type AnyTaskRuntime =
  RankingRuntime | ClassificationRuntime | RegressionRuntime | ForecastingRuntime | RetrievalRuntime;

/** The one place that says which model and which runtime a kind of task has. Each kind is loaded when a page declares one: no page has them all. */
export async function createTaskRuntime(task: ParsedTask, open: OpenParts): Promise<AnyTaskRuntime> {
  switch (task.kind) {
    case 'ranking':
      return (await import('../kinds/ranking.ts')).create(task, open);
    case 'classification':
      return (await import('../kinds/classification.ts')).create(task, open);
    case 'regression':
      return (await import('../kinds/regression.ts')).create(task, open);
    case 'forecasting':
      return (await import('../kinds/forecasting.ts')).create(task, open);
    case 'retrieval':
      return (await import('../kinds/retrieval.ts')).create(task, open);
  }
}
