import type { ParsedForecastingTask } from '../../learners/task-schema.ts';
import { ForecastingModel } from '../models/forecasting-model.ts';
import { ForecastingRuntime } from '../tasks/forecasting-runtime.ts';
import type { OpenParts } from '../tasks/task-runtime.ts';

export async function create(task: ParsedForecastingTask, open: OpenParts): Promise<ForecastingRuntime> {
  return new ForecastingRuntime(task, await open((origin) => new ForecastingModel(task, origin)));
}
