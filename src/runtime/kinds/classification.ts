import type { ParsedClassificationTask } from '../../learners/task-schema.ts';
import { ClassificationModel } from '../models/classification-model.ts';
import { ClassificationRuntime } from '../tasks/classification-runtime.ts';
import type { OpenParts } from '../tasks/task-runtime.ts';

export async function create(task: ParsedClassificationTask, open: OpenParts): Promise<ClassificationRuntime> {
  return new ClassificationRuntime(task, await open((origin) => new ClassificationModel(task, origin)));
}
