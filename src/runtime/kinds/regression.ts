import type { ParsedRegressionTask } from '../../learners/task-schema.ts';
import { RegressionModel } from '../models/regression-model.ts';
import { RegressionRuntime } from '../tasks/regression-runtime.ts';
import type { OpenParts } from '../tasks/task-runtime.ts';

export async function create(task: ParsedRegressionTask, open: OpenParts): Promise<RegressionRuntime> {
  return new RegressionRuntime(task, await open((origin) => new RegressionModel(task, origin)));
}
