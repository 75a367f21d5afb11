import type { BackendName } from '../../src/compute/compute.ts';
import type { TaskDeclaration } from '../../src/core/task.ts';
import { MemoryOutboxStore } from '../../src/memory/memory-outbox-store.ts';
import type { MemoryStore } from '../../src/memory/memory-store.ts';
import type { CheckpointRecord } from '../../src/memory/records.ts';
import type { Store } from '../../src/memory/store.ts';
import { parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import type { LearnerWorker, StartReport, WireResult, WorkerEvent } from '../../src/protocol/messages.ts';
import type { Environment } from '../../src/runtime/environment.ts';
import { createLearnerWorker } from '../../src/runtime/learner-worker.ts';
import { nodeEnvironment } from '../../src/runtime/node-environment.ts';

export interface NodeWorkerSetup {
  readonly store: Store;
  readonly tasks: readonly TaskDeclaration[];
  readonly backend?: BackendName;
  readonly registryUrl?: string;
  readonly environment?: Partial<Environment>;
}

export interface NodeWorker {
  readonly worker: LearnerWorker;
  readonly started: WireResult<StartReport>;
  readonly events: readonly WorkerEvent[];
}

/** The learner worker with everything that it has in a browser, but for the storage. */
export async function startNodeWorker({
  store,
  tasks,
  backend = 'cpu',
  registryUrl,
  environment = {},
}: NodeWorkerSetup): Promise<NodeWorker> {
  const openStorage = () => Promise.resolve({ store, outbox: new MemoryOutboxStore() });
  const worker = createLearnerWorker({
    ...nodeEnvironment(),
    // Always the same: what is learned must not depend on when a test runs.
    localTime: () => ({ weekday: 1, hour: 9 }),
    openStorage,
    ...environment,
  });
  const events: WorkerEvent[] = [];
  const started = await worker.start(
    {
      protocolVersion: 1,
      tasks,
      namespace: 'test',
      storage: 'memory',
      registryUrl: registryUrl ?? null,
      registryAlias: 'champion',
      backends: [backend],
    },
    (event) => events.push(event),
  );
  return { worker, started, events };
}

/** Key that the store has this task's model under. */
export function modelKeyOf(task: TaskDeclaration): string {
  return `${task.id}@${schemaHash(parseTask(task))}`;
}

/** The newest checkpoint of the task that can be read. */
export async function newestCheckpoint(store: Store, task: TaskDeclaration): Promise<CheckpointRecord> {
  const [newest] = await store.checkpoints(modelKeyOf(task));
  if (!newest || newest instanceof Error) throw new Error('no checkpoint is stored');
  return newest;
}

/** Flips one bit in the middle of the stored checkpoints of these generations. */
export async function damage(store: MemoryStore, task: TaskDeclaration, generations: readonly number[]): Promise<void> {
  for (const record of await store.checkpoints(modelKeyOf(task))) {
    if (!generations.includes(record.generation)) continue;
    record.bytes[record.bytes.length >> 1]! ^= 1;
    await store.putCheckpoint(record, Infinity);
  }
}

/** Codes of the errors that the worker remembers, newest first. */
export async function errorCodes(worker: LearnerWorker): Promise<string[]> {
  const status = await worker.status();
  return status.ok ? status.value.errors.map(({ code }) => code) : [status.error.code];
}

/** The value, or the error as a failed test. */
export function valueOf<T>(result: WireResult<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.error.code}: ${result.error.message}`);
}
