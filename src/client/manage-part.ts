import type { CallWorker } from './memory.ts';
import type { Health, Versions } from './manage.ts';

export function createVersions(call: CallWorker): Versions {
  return {
    status: (taskId) => call((worker) => worker.versions(taskId)),
    rollback: (taskId, about = {}) => call((worker) => worker.rollback({ ...about, taskId })),
  };
}

export function createHealth(call: CallWorker): Health {
  return {
    status: (taskId) => call((worker) => worker.health(taskId)),
    aggregates: (taskId) => call((worker) => worker.aggregates(taskId)),
  };
}
