import type { ParsedRetrievalTask } from '../../learners/task-schema.ts';
import { RetrievalModel } from '../models/retrieval-model.ts';
import { RetrievalRuntime } from '../tasks/retrieval-runtime.ts';
import type { OpenParts } from '../tasks/task-runtime.ts';

export async function create(task: ParsedRetrievalTask, open: OpenParts): Promise<RetrievalRuntime> {
  return new RetrievalRuntime(task, await open((origin) => new RetrievalModel(task, origin)));
}
