import type { Store } from '../memory/store.ts';
import type { TaskStatus, WorkerStatus } from '../protocol/messages.ts';
import type { OpenedStorage } from './environment.ts';
import type { RunningTask } from './running-task.ts';

export async function workerStatus(
  { store, outbox }: OpenedStorage,
  running: ReadonlyMap<string, RunningTask>,
): Promise<Omit<WorkerStatus, 'errors'>> {
  const tasks = await Promise.all([...running].map(async ([id, task]) => [id, await taskStatus(store, task)] as const));
  const waiting = await outbox.list();
  const parked = waiting.filter((entry) => entry.parked).length;
  const [main] = running.values();
  return {
    backend: main?.backend.status ?? { serving: 'cpu', why: 'no task is served', settled: true, probe: null },
    storage: store.kind,
    tasks: Object.fromEntries(tasks),
    outbox: { waiting: waiting.length - parked, parked },
  };
}

async function taskStatus(store: Store, { runtime, backend }: RunningTask): Promise<TaskStatus> {
  const { host } = runtime;
  return {
    kind: host.task.kind,
    role: host.learning ? 'learner' : 'follower',
    schemaHash: host.schemaHash,
    model: host.learned(),
    serving: host.reference(),
    experiences: await store.countExperiencesAfter(host.modelKey, 0),
    pending: await store.countExperiencesAfter(host.modelKey, host.model.learnedTo),
    parameters: host.model.parameterCount,
    stateBytes: host.stateBytes,
    classes: [...host.model.classes],
    backend: backend.status,
    index: runtime.beside?.status ?? null,
  };
}
