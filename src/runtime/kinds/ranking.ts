import type { ParsedRankingTask } from '../../learners/task-schema.ts';
import { RankingModel } from '../models/ranking-model.ts';
import { RankingRuntime } from '../tasks/ranking-runtime.ts';
import type { OpenParts } from '../tasks/task-runtime.ts';

export async function create(task: ParsedRankingTask, open: OpenParts): Promise<RankingRuntime> {
  const runtime = new RankingRuntime(task, await open((origin) => new RankingModel(task, origin)));
  await runtime.prepare();
  return runtime;
}
