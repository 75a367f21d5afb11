import type { ParsedTask } from '../learners/task-schema.ts';
import { TendrilError } from '../errors.ts';
import type { Store } from '../memory/store.ts';
import type { BackendName, BackendStatus } from '../protocol/messages.ts';
import { HIDDEN_AFTER_MS, type DeviceHints } from '../versions/learning-plan.ts';
import { Backends } from './backends.ts';
import type { Environment } from './environment.ts';
import type { IndexKeeperParts } from './item-index/index-keeper.ts';
import { MemoryWatch } from './memory-budget.ts';
import type { RunningTask } from './running-task.ts';
import { TaskBackend, type TaskBackendParts } from './task-backend.ts';

export interface BackendKeeperParts {
  readonly environment: Environment;
  readonly store: Store;
  readonly names: readonly BackendName[];
  readonly tasks: ReadonlyMap<string, RunningTask>;
  readonly hints: () => DeviceHints;
  readonly onChange: (taskId: string, status: BackendStatus) => void;
  readonly onError: (caught: unknown, taskId: string) => void;
  readonly restart: () => Promise<boolean>;
  /** What goes wrong is reported. */
  readonly inBackground: (work: Promise<unknown>) => Promise<void>;
}

/** Where the models of all tasks compute: who is on which backend, after a failure too, and how much memory that may take. */
export class BackendKeeper {
  readonly #parts: BackendKeeperParts;
  readonly #backends: Backends;
  readonly #memory: MemoryWatch;
  /** Also of tasks that are still being started. */
  readonly #taskBackends = new Set<TaskBackend>();
  #isHidden = false;
  /** How often somebody has looked here, or away. */
  #looks = 0;

  constructor(parts: BackendKeeperParts) {
    const { environment, names, store, tasks } = parts;
    this.#parts = parts;
    this.#backends = new Backends(environment.openBackend, names, store, environment);
    this.#memory = new MemoryWatch({
      tasks: () => tasks.values(),
      facts: () => environment.deviceFacts(),
      openBytes: () => this.#backends.pool.bytes,
      closeUnused: () => {
        this.#closeUnused();
      },
      inBackground: parts.inBackground,
    });
  }

  first(task: ParsedTask): Promise<TaskBackend> {
    const { environment, names, hints, inBackground, onChange, onError, restart } = this.#parts;
    const parts: TaskBackendParts = {
      ...{ backends: this.#backends, restart, clock: environment.clock },
      isBusy: () => hints().busy === true,
      onContradicted: () => void inBackground(this.#measureAgain(task.id)),
      onChange: (status) => {
        onChange(task.id, status);
      },
      onLeft: () => {
        this.#closeUnused();
      },
      onError: (caught) => {
        onError(caught, task.id);
      },
    };
    return this.#backends.pool.holding([...names, 'cpu'], async () => {
      const backend = await TaskBackend.first(task, parts);
      this.#taskBackends.add(backend);
      return backend;
    });
  }

  /** Its task could not be started. */
  drop(backend: TaskBackend): void {
    this.#taskBackends.delete(backend);
    this.#closeUnused();
  }

  /** For what a task's model is searched by. */
  indexParts(taskId: string): IndexKeeperParts {
    const { environment, store, hints, inBackground, onError } = this.#parts;
    return {
      ...{ environment, store, inBackground, backends: this.#backends },
      isBusy: () => hints().busy === true,
      onError: (caught) => {
        onError(caught, taskId);
      },
      onChanged: () => {
        this.grown();
        this.#closeUnused();
      },
    };
  }

  /** Measures where that is not settled. */
  async settle(): Promise<void> {
    const { tasks, inBackground } = this.#parts;
    for (const { runtime, backend } of tasks.values()) await inBackground(backend.settle(runtime.host));
    this.#moved();
  }

  async #measureAgain(taskId: string): Promise<void> {
    const running = this.#parts.tasks.get(taskId);
    await running?.backend.measure(running.runtime.host);
    this.#moved();
  }

  /** Models may be elsewhere than before. */
  #moved(): void {
    this.#closeUnused();
    this.grown();
  }

  #closeUnused(): void {
    this.#backends.pool.closeAllBut([...this.#taskBackends].map(({ backend }) => backend));
  }

  /** A call could not be answered, or an experience not learned; where that is the backend's fault, something is done about it. */
  failed(taskId: string, caught: unknown): void {
    const running = this.#parts.tasks.get(taskId);
    if (running && caught instanceof TendrilError && caught.code === 'COMPUTE_FAILED')
      running.backend.failed(running.runtime.host, caught);
  }

  /** A model may have grown. */
  grown(): void {
    void this.#parts.inBackground(this.#memory.look());
  }

  /** Memory is given back when nobody has looked for a while; who only looks away for a moment need not wait for it again. */
  async seen(): Promise<void> {
    const { environment, hints } = this.#parts;
    const hidden = hints().hidden === true;
    if (hidden === this.#isHidden) return;
    this.#isHidden = hidden;
    const look = ++this.#looks;
    if (hidden) await environment.delay(HIDDEN_AFTER_MS);
    if (look === this.#looks) await this.#memory.setHidden(hidden);
  }
}
