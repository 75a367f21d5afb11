import type { ParsedTask } from '../../learners/task-schema.ts';
import type { ClassificationRuntime } from './classification-runtime.ts';
import type { ForecastingRuntime } from './forecasting-runtime.ts';
import type { RankingRuntime } from './ranking-runtime.ts';
import type { RegressionRuntime } from './regression-runtime.ts';
import type { RetrievalRuntime } from './retrieval-runtime.ts';
import type { OpenParts } from './task-runtime.ts';

export type AnyTaskRuntime =
  RankingRuntime | ClassificationRuntime | RegressionRuntime | ForecastingRuntime | RetrievalRuntime;

const kinds = {
  ranking: () => import('../kinds/ranking.ts'),
  classification: () => import('../kinds/classification.ts'),
  regression: () => import('../kinds/regression.ts'),
  forecasting: () => import('../kinds/forecasting.ts'),
  retrieval: () => import('../kinds/retrieval.ts'),
} as const;

/** Begins to load what a kind of task needs, for whoever has something else to wait for meanwhile. What fails will fail again where it is needed. */
export function preloadKind(kind: unknown): void {
  if (typeof kind === 'string' && Object.hasOwn(kinds, kind))
    kinds[kind as keyof typeof kinds]().catch(() => undefined);
}

/** The one place that says which model and which runtime a kind of task has. Each kind is loaded when a page declares one: no page has them all. */
export async function createTaskRuntime(task: ParsedTask, open: OpenParts): Promise<AnyTaskRuntime> {
  switch (task.kind) {
    case 'ranking':
      return (await kinds.ranking()).create(task, open);
    case 'classification':
      return (await kinds.classification()).create(task, open);
    case 'regression':
      return (await kinds.regression()).create(task, open);
    case 'forecasting':
      return (await kinds.forecasting()).create(task, open);
    case 'retrieval':
      return (await kinds.retrieval()).create(task, open);
  }
}
