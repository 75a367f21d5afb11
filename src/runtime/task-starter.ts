import { TendrilError } from '../errors.ts';
import { schemaHash, type ParsedTask } from '../learners/task-schema.ts';
import type { BackendKeeper } from './backend-keeper.ts';
import { createHost, type HostParts } from './create-host.ts';
import type { DecisionLog } from './decision-log.ts';
import type { Election } from './environment.ts';
import type { ModelHost } from './model-host.ts';
import type { Model, ModelOrigin } from './models/model.ts';
import type { TaskReviews } from './reviews/task-reviews.ts';
import type { RunningTask } from './running-task.ts';
import type { TaskBackend } from './task-backend.ts';
import { createTaskRuntime, type AnyTaskRuntime } from './tasks/create-task-runtime.ts';
import type { TaskRuntimeParts } from './tasks/task-runtime.ts';
import { preloadKeeper } from './versions/load-keeper.ts';

export interface TaskStarterParts extends Omit<HostParts, 'onFailed' | 'onGrown' | 'runtime'> {
  readonly backends: BackendKeeper;
  readonly decisions: DecisionLog;
  /** null where nobody looks at the task's decisions. */
  readonly reviewsOf: (task: ParsedTask) => Promise<TaskReviews | null>;
  /** Of a task, once it is started. */
  readonly running: (taskId: string) => AnyTaskRuntime | undefined;
  /** Joins what is known of the decisions of models that are learned here. */
  readonly settleSignals: () => Promise<void>;
}

/** Starts tasks: each on its backend, with its model as it is stored, learned by this tab or by another one. */
export class TaskStarter {
  readonly #parts: TaskStarterParts;

  constructor(parts: TaskStarterParts) {
    this.#parts = parts;
  }

  /** @throws SCHEMA_CHANGED, leaving everything that is stored as it is; BACKEND_UNAVAILABLE, COMPUTE_FAILED, STORAGE_FAILED */
  async start(task: ParsedTask): Promise<RunningTask> {
    const hash = schemaHash(task);
    const [backend] = await Promise.all([this.#parts.backends.first(task), this.#checkSchema(task, hash)]);
    let election: Election | undefined;
    const open = async <M extends Model>(createModel: (origin: ModelOrigin) => M): Promise<TaskRuntimeParts<M>> => {
      const host = createHost(this.#hostParts(task.id), task, hash, createModel);
      election = await this.#elect(host, backend);
      if (election.elected) await host.startLearning();
      await backend.open(host);
      return this.#runtimeParts(task, host);
    };
    try {
      return { runtime: await createTaskRuntime(task, open), backend };
    } catch (caught) {
      election?.release();
      this.#parts.backends.drop(backend);
      throw caught;
    }
  }

  async #checkSchema(task: ParsedTask, hash: string): Promise<void> {
    const { store, environment } = this.#parts;
    const known = await store.task(task.id);
    if (known?.schemaHash === hash) preloadKeeper();
    if (known && known.schemaHash !== hash && task.onSchemaChange === 'refuse')
      throw new TendrilError('SCHEMA_CHANGED', { taskId: task.id });
    if (known?.schemaHash !== hash)
      await store.putTask({ taskId: task.id, schemaHash: hash, registeredAtMs: environment.clock.nowMs() });
  }

  /** One tab an origin learns this model; when it is gone, this one goes on from its last checkpoint. */
  #elect(host: ModelHost, backend: TaskBackend): Promise<Election> {
    const { tabs, inBackground, settleSignals } = this.#parts;
    const takeOver = async () => {
      await host.startLearning();
      await backend.open(host);
      await host.drain('arrived');
      await settleSignals();
    };
    return tabs.elect(host.modelKey, () => {
      inBackground(takeOver());
    });
  }

  async #runtimeParts<M extends Model>(task: ParsedTask, host: ModelHost<M>): Promise<TaskRuntimeParts<M>> {
    const { environment, store, decisions, backends, tabs, reviewsOf } = this.#parts;
    return {
      ...{ host, store, decisions, clock: environment.clock },
      localTime: (ms) => environment.localTime(ms),
      ...{ reviews: await reviewsOf(task), indexes: backends.indexParts(task.id) },
      onAppended: () => {
        tabs.post({ type: 'appended', modelKey: host.modelKey });
      },
    };
  }

  #hostParts(taskId: string): HostParts {
    const { backends, running } = this.#parts;
    return {
      ...this.#parts,
      onFailed: (error) => {
        backends.failed(taskId, error);
      },
      onGrown: () => {
        backends.grown();
      },
      runtime: () => running(taskId),
    };
  }
}
