import type { ParsedTask } from '../../learners/task-schema.ts';
import { ClassificationModel } from '../models/classification-model.ts';
import { ForecastingModel } from '../models/forecasting-model.ts';
import type { Model, ModelOrigin } from '../models/model.ts';
import { RankingModel } from '../models/ranking-model.ts';
import { RegressionModel } from '../models/regression-model.ts';
import { RetrievalModel } from '../models/retrieval-model.ts';
import { ClassificationRuntime } from './classification-runtime.ts';
import { ForecastingRuntime } from './forecasting-runtime.ts';
import { RankingRuntime } from './ranking-runtime.ts';
import { RegressionRuntime } from './regression-runtime.ts';
import { RetrievalRuntime } from './retrieval-runtime.ts';
import type { TaskRuntimeParts } from './task-runtime.ts';

export type AnyTaskRuntime =
  RankingRuntime | ClassificationRuntime | RegressionRuntime | ForecastingRuntime | RetrievalRuntime;

/** Opens the task's model where it is stored, and gives everything that its runtime needs. */
export type OpenParts = <M extends Model>(createModel: (origin: ModelOrigin) => M) => Promise<TaskRuntimeParts<M>>;

/** The one place that says which model and which runtime a kind of task has. */
export async function createTaskRuntime(task: ParsedTask, open: OpenParts): Promise<AnyTaskRuntime> {
  switch (task.kind) {
    case 'ranking':
      return new RankingRuntime(task, await open((origin) => new RankingModel(task, origin)));
    case 'classification':
      return new ClassificationRuntime(task, await open((origin) => new ClassificationModel(task, origin)));
    case 'regression':
      return new RegressionRuntime(task, await open((origin) => new RegressionModel(task, origin)));
    case 'forecasting':
      return new ForecastingRuntime(task, await open((origin) => new ForecastingModel(task, origin)));
    case 'retrieval':
      return new RetrievalRuntime(task, await open((origin) => new RetrievalModel(task, origin)));
  }
}
