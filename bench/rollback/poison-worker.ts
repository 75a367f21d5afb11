import type { TaskDeclaration } from '../../src/core/task.ts';
import { parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import { MemoryOutboxStore } from '../../src/memory/memory-outbox-store.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { VersionRecord } from '../../src/memory/records.ts';
import type { LearnerWorker, StartReport, WireResult, WorkerEvent } from '../../src/protocol/messages.ts';
import { createLearnerWorker } from '../../src/runtime/learner-worker.ts';
import { nodeEnvironment } from '../../src/runtime/node-environment.ts';

export interface LiveWorker {
  readonly worker: LearnerWorker;
  readonly started: WireResult<StartReport>;
  /** What it has said so far; grows. */
  readonly events: readonly WorkerEvent[];
}

/** The learner worker of a page, with its storage in memory. */
export async function liveWorker(task: TaskDeclaration, store: MemoryStore): Promise<LiveWorker> {
  const worker = createLearnerWorker({
    ...nodeEnvironment(),
    // Always the same: what is learned must not depend on when this runs.
    localTime: () => ({ weekday: 1, hour: 9 }),
    openStorage: () => Promise.resolve({ store, outbox: new MemoryOutboxStore() }),
  });
  const events: WorkerEvent[] = [];
  const started = await worker.start(
    {
      protocolVersion: 1,
      tasks: [task],
      namespace: 'bench',
      storage: 'memory',
      registryUrl: null,
      registryAlias: 'champion',
      backends: ['cpu'],
    },
    (event) => events.push(event),
  );
  return { worker, started, events };
}

/** Key that the store has this task's model under. */
export function modelKeyOf(task: TaskDeclaration): string {
  return `${task.id}@${schemaHash(parseTask(task))}`;
}

/** Everything that a worker of this one task goes on from. */
export async function copyOf(store: MemoryStore, task: TaskDeclaration): Promise<MemoryStore> {
  const [copy, modelKey] = [new MemoryStore(), modelKeyOf(task)];
  const record = await store.task(task.id);
  if (record) await copy.putTask(record);
  await copy.appendExperiences(await store.experiencesAfter(modelKey, 0, Infinity));
  const versions: VersionRecord[] = [];
  for await (const page of store.pages('versions')) versions.push(...(page as readonly VersionRecord[]));
  for (const checkpoint of await store.checkpoints(modelKey)) await copy.putCheckpoint(checkpoint, Infinity, versions);
  return copy;
}

/** @throws Error where the worker refused */
export function valueOf<T>(result: WireResult<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.error.code}: ${result.error.message}`);
}
