import { createEncoder, freshModelState } from '../../learners/fresh-learner.ts';
import type { ParsedTask } from '../../learners/task-schema.ts';
import type { Checkpoint } from '../../versions/checkpoint.ts';

/** The checkpoint of a model that has learned nothing. */
export function freshCheckpoint(task: ParsedTask, schemaHash: string): Checkpoint {
  const model = freshModelState(task, createEncoder(task));
  return { taskId: task.id, schemaHash, seed: task.seed, model, replay: null, learnedTo: 0, modelVersion: null };
}
