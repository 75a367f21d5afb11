import type { TaskBackend } from './task-backend.ts';
import type { AnyTaskRuntime } from './tasks/create-task-runtime.ts';

export interface RunningTask {
  readonly runtime: AnyTaskRuntime;
  readonly backend: TaskBackend;
}
