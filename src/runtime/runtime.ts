import { asTendrilError, TendrilError } from '../errors.ts';
import { parseFeedback } from '../feedback/feedback.ts';
import { parseTask, type ParsedTask } from '../learners/task-schema.ts';
import type {
  Acknowledged,
  DecisionExplanation,
  FeedbackRequest,
  ForgetAccount,
  PageHints,
  Publication,
  StartRequest,
  StoredData,
  VersionsStatus,
  WorkerStatus,
} from '../protocol/messages.ts';
import type { TaskDeclaration } from '../core/task.ts';
import { BackendKeeper } from './backend-keeper.ts';
import { compare, comparisonStatus } from './comparison/compare.ts';
import { DecisionLog } from './decision-log.ts';
import { DeviceWatch } from './device-watch.ts';
import { IdleWork } from './idle-work.ts';
import { LoadedOnce } from './loaded-once.ts';
import { MemoryKeeper, memoryLock } from './memory-keeper.ts';
import type { Environment, OpenedStorage, Tabs } from './environment.ts';
import type { HealthFeed } from './health/health-feed.ts';
import { HealthFeeds } from './health/health-feeds.ts';
import { unknownDevice, type DeviceHints } from '../versions/learning-plan.ts';
import { openStorage } from './open-storage.ts';
import { createPublisher, noRegistry, type Publisher } from './publisher.ts';
import type { Reviews } from './reviews/reviews.ts';
import type { TaskReviews } from './reviews/task-reviews.ts';
import { SignalIntake } from './signal-intake.ts';
import { parseStartRequest, type ParsedStartRequest } from './start-request.ts';
import { TabListener } from './tab-listener.ts';
import { TaskStarter } from './task-starter.ts';
import type { Outlet } from './outlet.ts';
import type { RunningTask } from './running-task.ts';
import { workerStatus } from './worker-status.ts';
import { preloadKind, type AnyTaskRuntime } from './tasks/create-task-runtime.ts';

/** The composition root inside the worker: storage, tabs, backends, registry and one runtime a task. */
export class Runtime {
  readonly refused = new Map<string, TendrilError>();
  readonly decisions: DecisionLog;
  readonly signals: SignalIntake;
  readonly memory: MemoryKeeper;
  readonly health: HealthFeeds;
  readonly #reviews = new LoadedOnce(() => this.#openReviews());
  readonly #idle: IdleWork;
  readonly #environment: Environment;
  readonly #outlet: Outlet;
  readonly #request: ParsedStartRequest;
  readonly #storage: OpenedStorage;
  readonly #backends: BackendKeeper;
  readonly #tabs: Tabs;
  readonly #publisher: Publisher | null;
  readonly #device: DeviceWatch;
  readonly #tasks = new Map<string, RunningTask>();

  private constructor(request: ParsedStartRequest, environment: Environment, outlet: Outlet, storage: OpenedStorage) {
    this.#request = request;
    this.#environment = environment;
    this.#outlet = outlet;
    this.#storage = storage;
    this.#tabs = environment.openTabs(request.namespace);
    this.#publisher = createPublisher(request, environment, storage);
    this.health = new HealthFeeds({
      ...{ environment, outlet, tabs: this.#tabs, store: storage.store },
      task: (taskId) => this.task(taskId),
    });
    this.decisions = new DecisionLog(
      storage.store,
      (caught) => {
        outlet.report(caught, null);
      },
      (record) => this.health.of(record.taskId)?.tell((health) => health.decided(record)),
    );
    this.signals = this.#openIntake();
    this.memory = new MemoryKeeper({
      store: storage.store,
      clock: environment.clock,
      localTime: (ms) => environment.localTime(ms),
      yieldToEvents: () => environment.yieldToEvents(),
      exclusive: (name, job) => this.#tabs.exclusive(name, job),
    });
    this.#idle = new IdleWork(
      (ms) => environment.delay(ms),
      (isIdle) => this.#inBackground(this.#tendMemory(isIdle)),
    );
    this.#backends = this.#keepBackends();
    this.#device = new DeviceWatch({
      ...{ environment, tabs: this.#tabs },
      onHints: (hints) => {
        this.#onDevice(hints);
      },
    });
  }

  #keepBackends(): BackendKeeper {
    return new BackendKeeper({
      ...{ environment: this.#environment, store: this.#storage.store, tasks: this.#tasks },
      names: this.#request.backends,
      hints: () => this.#device.hints,
      onChange: (taskId, { serving, why }) => {
        this.#outlet.emit({ type: 'backend', serving, why });
        this.health.of(taskId)?.tell((health) => health.backendChanged(serving, why));
      },
      onError: (caught, taskId) => {
        this.#outlet.report(caught, taskId);
      },
      restart: () => this.#restart(),
      inBackground: (work) => this.#inBackground(work),
    });
  }

  /** Somebody asks for something: what can wait, waits. */
  touch(): void {
    this.#idle.touch();
  }

  /** What the page knows of the device and of itself. */
  hearDevice(hints: PageHints): Promise<null> {
    return this.#device.hear(hints).then(() => null);
  }

  /** What waited for the device goes on. */
  #onDevice(hints: DeviceHints): void {
    const { clock } = this.#environment;
    this.health.device = { ...hints, ...this.#environment.deviceFacts() };
    for (const { runtime } of this.#tasks.values()) {
      runtime.host.plan.hear(hints, clock.nowMs());
      void this.#inBackground(runtime.host.drain('arrived'));
    }
    if (hints.hidden === false && hints.busy !== true) this.#idle.touch();
    void this.#inBackground(this.#backends.seen());
  }

  async #tendMemory(isAsleep: () => boolean): Promise<void> {
    for (const { runtime } of this.#tasks.values()) {
      const isIdle = () => isAsleep() && !runtime.host.plan.isPaused(this.#environment.clock.nowMs());
      if (runtime.host.learning && isIdle()) await runtime.host.drain('idle');
      if (runtime.host.learning && isIdle()) await this.memory.tend(runtime.host, isIdle);
      if (isIdle()) await compare(runtime, this.#tabs, isIdle);
      await this.health.of(runtime.host.task.id)?.save(true);
    }
  }

  /** Loaded when a task has a person look at its decisions. */
  reviews(): Promise<Reviews> {
    return this.#reviews.get();
  }

  async #openReviews(): Promise<Reviews> {
    const { openReviews } = await import('./reviews/open-reviews.ts');
    return openReviews({
      storage: this.#storage,
      decisions: this.decisions,
      environment: this.#environment,
      tabs: this.#tabs,
      outlet: this.health.outlet,
      registryUrl: this.#request.registryUrl,
      task: (taskId) => this.task(taskId),
      running: () => [...this.#tasks.values()].map(({ runtime }) => runtime),
    });
  }

  async #taskReviews(task: ParsedTask): Promise<TaskReviews | null> {
    return task.regulated || task.review !== undefined ? (await this.reviews()).forTask(task) : null;
  }

  /** Withdraws what waits too long, and hears what was said elsewhere. */
  async #tendReviews(): Promise<void> {
    for (const { runtime } of this.#tasks.values())
      if (runtime.reviews) await (await this.reviews()).tend(runtime.host.task.id);
  }

  #openIntake(): SignalIntake {
    const environment = this.#environment;
    const running = () => [...this.#tasks.values()].map(({ runtime }) => runtime);
    return new SignalIntake({
      store: this.#storage.store,
      decisions: this.decisions,
      clock: environment.clock,
      delay: (ms) => environment.delay(ms),
      byTask: (taskId) => this.#tasks.get(taskId)?.runtime,
      byModel: (modelKey) => running().find(({ host }) => host.modelKey === modelKey),
      learned: () => running().filter(({ host }) => host.learning),
      onStored: (modelKeys) => {
        for (const modelKey of modelKeys) this.#tabs.post({ type: 'signals', modelKey });
      },
      onError: (error, taskId) => {
        this.#outlet.report(error, taskId);
      },
    });
  }

  /** @throws INVALID_CONFIG; a task that cannot be served is in {@link refused} instead */
  static async start(request: StartRequest, environment: Environment, outlet: Outlet): Promise<Runtime> {
    const parsed = parseStartRequest(request);
    for (const declaration of parsed.tasks) preloadKind(declaration.kind);
    const storage = await openStorage(parsed, environment, outlet);
    const runtime = new Runtime(parsed, environment, outlet, storage);
    const starter = runtime.#openStarter();
    for (const declaration of parsed.tasks)
      await runtime.#startTask(starter, declaration as unknown as TaskDeclaration);
    runtime.#startBackgroundWork();
    return runtime;
  }

  async #startTask(starter: TaskStarter, declaration: TaskDeclaration): Promise<void> {
    try {
      const task = parseTask(declaration);
      if (this.#tasks.has(task.id))
        throw new TendrilError('INVALID_CONFIG', { reason: `task "${task.id}" is declared twice` });
      this.#tasks.set(task.id, await starter.start(task));
    } catch (caught) {
      const error = asTendrilError(caught);
      this.refused.set(declaration.id, error);
      this.#outlet.report(error, declaration.id);
    }
  }

  #openStarter(): TaskStarter {
    return new TaskStarter({
      ...{ environment: this.#environment, outlet: this.#outlet, tabs: this.#tabs, store: this.#storage.store },
      ...{ health: this.health, device: this.#device, publisher: this.#publisher },
      ...{ backends: this.#backends, decisions: this.decisions, registryAlias: this.#request.registryAlias },
      reviews: () => this.reviews(),
      reviewsOf: (task) => this.#taskReviews(task),
      running: (taskId) => this.#tasks.get(taskId)?.runtime,
      settleSignals: () => this.signals.settle(),
      inBackground: (work) => void this.#inBackground(work),
    });
  }

  /** Learns what waits, listens to the other tabs, and measures the backends behind the first answers. */
  #startBackgroundWork(): void {
    const listener = this.#openListener();
    this.#tabs.onMessage((message) => {
      listener.hear(message);
    });
    // Something may have been heard before there was a task to tell.
    if (this.#device.hints !== unknownDevice) this.#onDevice(this.#device.hints);
    const resumed = [...this.#tasks.values()].map((task) => this.#resume(task));
    void this.signals.settleSoon();
    void this.#inBackground(Promise.all(resumed).then(() => this.#backends.settle()));
    void this.#inBackground(this.#tendReviews());
    this.#flushOutbox();
    this.#environment.onOnline(() => {
      this.#flushOutbox();
      void this.#inBackground(this.#tendReviews());
    });
  }

  #openListener(): TabListener {
    return new TabListener({
      ...{ device: this.#device, signals: this.signals, decisions: this.decisions, health: this.health },
      reviews: () => this.reviews(),
      running: () => this.#tasks.values(),
      inBackground: (work) => void this.#inBackground(work),
    });
  }

  /** What waits in the log is learned where that is the fastest. */
  async #resume({ runtime: { host }, backend }: RunningTask): Promise<void> {
    await this.#inBackground(backend.resume(host));
    await this.#inBackground(host.drain('arrived'));
  }

  /** A call could not be answered. */
  failedToAnswer(taskId: string, caught: unknown): void {
    this.#backends.failed(taskId, caught);
  }

  /** The page starts another worker when this one has ended, if it has heard how to notice. What is on its way to the store arrives first. */
  async #restart(): Promise<boolean> {
    if (!this.#device.hasPage) return false;
    await this.decisions.written();
    for (const taskId of this.#tasks.keys())
      await this.#inBackground(this.health.of(taskId)?.save(true) ?? Promise.resolve());
    return this.#environment.end();
  }

  #flushOutbox(): void {
    if (this.#publisher) void this.#inBackground(this.#publisher.flush());
  }

  async #inBackground(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (caught) {
      this.#outlet.report(caught, null);
    }
  }

  /** @throws UNKNOWN_TASK, or why the task was refused */
  task(taskId: string): AnyTaskRuntime {
    const running = this.#tasks.get(taskId);
    if (!running) throw this.refused.get(taskId) ?? new TendrilError('UNKNOWN_TASK', { taskId });
    return running.runtime;
  }

  /** The task, where it is of this kind. @throws UNKNOWN_TASK, WRONG_TASK_KIND */
  taskOf<K extends AnyTaskRuntime['kind']>(kind: K, taskId: string): Extract<AnyTaskRuntime, { kind: K }> {
    const task = this.task(taskId);
    if (!isOfKind(task, kind)) throw new TendrilError('WRONG_TASK_KIND', { taskId, kind: task.kind });
    return task;
  }

  async feedback(request: FeedbackRequest): Promise<Acknowledged> {
    const feedback = parseFeedback(request);
    const decision = await this.decisions.find(feedback.decisionId);
    return this.task(decision.taskId).feedback(decision, feedback);
  }

  async explain(decisionId: string): Promise<DecisionExplanation> {
    const decision = await this.decisions.find(decisionId);
    const { explain } = await onRequest();
    return explain(this.#storage.store, this.task(decision.taskId), decision);
  }

  async forget(request: unknown): Promise<ForgetAccount> {
    const { forget, parseForgetRequest } = await onRequest();
    const parsed = parseForgetRequest(request);
    const onForgotten = async () => this.health.of(parsed.taskId)?.reload();
    const parts = { storage: this.#storage, decisions: this.decisions, tabs: this.#tabs, onForgotten };
    const account = await forget(parts, this.task(parsed.taskId), parsed);
    // What is left of the signals may say something else now; what people elsewhere have of it is called back.
    await this.signals.settle();
    void this.#inBackground(this.#tendReviews());
    return account;
  }

  /** How the task does, by figures that are up to date. @throws UNKNOWN_TASK, INVALID_CONFIG where it is not watched */
  async watched(taskId: string): Promise<HealthFeed> {
    const task = this.task(taskId);
    const feed = this.health.of(taskId);
    if (!feed) throw new TendrilError('INVALID_CONFIG', { reason: `task "${taskId}" declares monitor.off` });
    await compare(task, this.#tabs);
    return feed;
  }

  async versions(taskId: string): Promise<VersionsStatus> {
    const task = this.task(taskId);
    const { modelKey, lineage } = task.host;
    await compare(task, this.#tabs);
    const comparison = await comparisonStatus(task);
    const { versionsStatus } = await onRequest();
    return { ...(await versionsStatus(this.#storage.store, modelKey, lineage)), comparison };
  }

  async rollback(request: unknown): Promise<VersionsStatus> {
    const { parseRollbackRequest } = await onRequest();
    const { taskId, ...asked } = parseRollbackRequest(request);
    const { host } = this.task(taskId);
    await this.#tabs.exclusive(memoryLock(host.modelKey), () => host.rollBack(asked));
    await this.#inBackground(host.drain());
    return this.versions(taskId);
  }

  async publish(taskId: string, alias: string | null): Promise<Publication> {
    const { host } = this.task(taskId);
    if (!this.#publisher) throw noRegistry();
    await host.drain();
    const publication = await this.#publisher.publish(await host.publishable(), alias);
    if (publication.modelVersion !== null) await host.adopt(publication.modelVersion);
    return publication;
  }

  async storedData(): Promise<StoredData> {
    return (await onRequest()).storedData(this.#storage);
  }

  async exportData(undelivered: readonly object[]): Promise<Blob> {
    const { exportData } = await onRequest();
    return exportData(this.#storage, undelivered, this.#environment.clock.nowMs());
  }

  status(): Promise<Omit<WorkerStatus, 'errors'>> {
    return workerStatus(this.#storage, this.#tasks);
  }
}

const onRequest = () => import('./on-request.ts');

function isOfKind<K extends AnyTaskRuntime['kind']>(
  task: AnyTaskRuntime,
  kind: K,
): task is Extract<AnyTaskRuntime, { kind: K }> {
  return task.kind === kind;
}
