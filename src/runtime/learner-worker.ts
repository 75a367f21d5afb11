import type { Candidate } from '../core/task.ts';
import { asTendrilError, type TendrilError } from '../errors.ts';
import type {
  Abstention,
  Acknowledged,
  AddItemsRequest,
  AuditRecord,
  ClassifyRequest,
  ConsolidationReport,
  DecisionExplanation,
  FeedbackRequest,
  ForecastRequest,
  ForgetAccount,
  ForgetRequest,
  HealthAggregates,
  HealthReport,
  KnowledgeRecord,
  LearnerWorker,
  MemoryStatus,
  ModelReference,
  Observation,
  PageHints,
  PredictRequest,
  Publication,
  RankRequest,
  RemoveItemsRequest,
  RetrieveRequest,
  RollbackRequest,
  ReviewItem,
  ReviewSettled,
  ReviewState,
  SettleReviewRequest,
  SharingStatus,
  Signal,
  SignalsStored,
  StartReport,
  StartRequest,
  StoredData,
  StreamStep,
  VersionsStatus,
  WireResult,
  WorkerEvent,
  WorkerStatus,
} from '../protocol/messages.ts';
import type { Environment } from './environment.ts';
import { parsePageHints } from './parse-page-hints.ts';
import { Runtime } from './runtime.ts';
import { asDecisionRequest, asTaskRequest, unnamed } from './task-request.ts';
import { wireResult, toWireError } from './wire-result.ts';

/** Errors remembered for `status()`. */
const REMEMBERED_ERRORS = 20;

/** The worker's outside: every call waits for the start, every failure becomes data, every error is remembered and told. */
export function createLearnerWorker(environment: Environment): LearnerWorker {
  return new LearnerWorkerApi(environment);
}

class LearnerWorkerApi implements LearnerWorker {
  readonly #environment: Environment;
  readonly #errors: TendrilError[] = [];
  /** Calls for a decision that wait for their answer. */
  #waiting = 0;
  #runtime: Promise<Runtime>;
  #resolveRuntime!: (runtime: Promise<Runtime>) => void;
  #onEvent: (event: WorkerEvent) => void = () => undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#runtime = new Promise((resolve) => {
      this.#resolveRuntime = resolve;
    });
  }

  start(request: StartRequest, onEvent: (event: WorkerEvent) => void): Promise<WireResult<StartReport>> {
    this.#onEvent = onEvent;
    const started = Runtime.start(request, this.#environment, {
      emit: onEvent,
      report: (caught, taskId) => {
        this.#remember(asTendrilError(caught), taskId);
      },
    });
    this.#resolveRuntime(started);
    return this.#answer(async () => {
      const runtime = await started;
      const refused = [...runtime.refused].map(([taskId, error]) => [taskId, toWireError(error)] as const);
      // Where it cannot be had, its end is noticed later.
      const lifeLock = await this.#environment.holdLife().catch(() => null);
      return { protocolVersion: 1, refused: Object.fromEntries(refused), lifeLock };
    });
  }

  hearDevice(hints: PageHints): Promise<WireResult<null>> {
    return this.#answer((runtime) => runtime.hearDevice(parsePageHints(hints)), null, false);
  }

  setCandidates(
    taskId: string,
    candidates: readonly Candidate[],
    mode: 'replace' | 'append',
  ): Promise<WireResult<number>> {
    return this.#answer((runtime) => runtime.taskOf('ranking', taskId).setCandidates(candidates, mode), taskId);
  }

  rank(request: RankRequest) {
    return this.#decide(request, (runtime) => runtime.taskOf('ranking', request.taskId).rank(request));
  }

  classify(request: ClassifyRequest) {
    return this.#decide(request, (runtime) => runtime.taskOf('classification', request.taskId).classify(request));
  }

  predict(request: PredictRequest) {
    return this.#decide(request, (runtime) => runtime.taskOf('regression', request.taskId).predict(request));
  }

  forecast(request: ForecastRequest) {
    return this.#decide(request, (runtime) => runtime.taskOf('forecasting', request.taskId).forecast(request));
  }

  observe(taskId: string, observations: readonly Observation[]) {
    return this.#answer((runtime) => runtime.taskOf('forecasting', taskId).observe(observations), taskId);
  }

  retrieve(request: RetrieveRequest) {
    return this.#decide(request, (runtime) => runtime.taskOf('retrieval', request.taskId).retrieve(request));
  }

  addItems(request: AddItemsRequest) {
    return this.#ofTask(request, (runtime, taskId) => runtime.taskOf('retrieval', taskId).addItems(request));
  }

  removeItems(request: RemoveItemsRequest) {
    return this.#ofTask(request, (runtime, taskId) => runtime.taskOf('retrieval', taskId).removeItems(request));
  }

  servedByHost(decisionId: string): Promise<WireResult<null>> {
    return this.#answer((runtime) => {
      if (typeof decisionId !== 'string') throw unnamed('decision');
      runtime.decisions.servedByHost(decisionId);
      runtime.health.servedByHost(decisionId);
      return null;
    });
  }

  feedback(request: FeedbackRequest): Promise<WireResult<Acknowledged>> {
    return this.#answer((runtime) => runtime.feedback(request));
  }

  signals(batch: readonly Signal[]): Promise<WireResult<SignalsStored>> {
    return this.#answer((runtime) => runtime.signals.receive(batch));
  }

  explain(decisionId: string): Promise<WireResult<DecisionExplanation>> {
    return this.#answer((runtime) => runtime.explain(decisionId));
  }

  forget(request: ForgetRequest): Promise<WireResult<ForgetAccount>> {
    return this.#answer((runtime) => runtime.forget(request));
  }

  memory(taskId: string): Promise<WireResult<MemoryStatus>> {
    return this.#answer((runtime) => runtime.memory.status(runtime.task(taskId).host.modelKey), taskId);
  }

  knowledge(taskId: string): Promise<WireResult<readonly KnowledgeRecord[]>> {
    return this.#answer((runtime) => runtime.memory.knowledge(runtime.task(taskId).host.modelKey), taskId);
  }

  consolidate(taskId: string): Promise<WireResult<ConsolidationReport>> {
    return this.#answer((runtime) => runtime.memory.consolidate(runtime.task(taskId).host), taskId);
  }

  reviews(taskId: string, state: ReviewState): Promise<WireResult<readonly ReviewItem[]>> {
    return this.#answer(async (runtime) => (await runtime.reviews()).list(taskId, state), taskId);
  }

  settleReview(request: SettleReviewRequest): Promise<WireResult<ReviewSettled>> {
    return this.#answer(async (runtime) => (await runtime.reviews()).settle(request));
  }

  audit(taskId: string, after: number): Promise<WireResult<readonly AuditRecord[]>> {
    return this.#answer(async (runtime) => (await runtime.reviews()).audit(taskId, after), taskId);
  }

  shareReviews(taskId: string, agreed: boolean): Promise<WireResult<SharingStatus>> {
    return this.#answer(async (runtime) => (await runtime.reviews()).share(taskId, agreed), taskId);
  }

  versions(taskId: string): Promise<WireResult<VersionsStatus>> {
    return this.#answer((runtime) => runtime.versions(taskId), taskId);
  }

  rollback(request: RollbackRequest): Promise<WireResult<VersionsStatus>> {
    return this.#answer((runtime) => runtime.rollback(request));
  }

  health(taskId: string): Promise<WireResult<HealthReport>> {
    return this.#answer(async (runtime) => (await runtime.watched(taskId)).report(), taskId);
  }

  aggregates(taskId: string): Promise<WireResult<HealthAggregates>> {
    return this.#answer(async (runtime) => (await runtime.watched(taskId)).aggregates(), taskId);
  }

  stream(taskId: string, steps: readonly StreamStep[]) {
    return this.#answer((runtime) => runtime.taskOf('classification', taskId).stream(steps), taskId);
  }

  checkpoint(taskId: string): Promise<WireResult<ModelReference>> {
    return this.#answer(async (runtime) => {
      const { host } = runtime.task(taskId);
      await runtime.signals.settle();
      await host.drain();
      await runtime.health.of(taskId)?.save(true);
      return host.learned();
    }, taskId);
  }

  publish(taskId: string, alias: string | null): Promise<WireResult<Publication>> {
    return this.#answer((runtime) => runtime.publish(taskId, alias), taskId);
  }

  status(): Promise<WireResult<WorkerStatus>> {
    return this.#answer(async (runtime) => ({ ...(await runtime.status()), errors: this.#errors.map(toWireError) }));
  }

  storedData(): Promise<WireResult<StoredData>> {
    return this.#answer((runtime) => runtime.storedData());
  }

  exportData(undelivered: readonly object[]): Promise<WireResult<Blob>> {
    return this.#answer((runtime) => runtime.exportData(undelivered));
  }

  /** A call that the page waits for; how long is a figure of health. */
  async #decide<T extends { readonly decisionId: string; readonly abstained?: Abstention | null }>(
    request: unknown,
    operation: (runtime: Runtime) => T | Promise<T>,
  ): Promise<WireResult<T>> {
    const { clock } = this.#environment;
    const asked = asDecisionRequest(request);
    const calledAtMs = clock.monotonicMs();
    const waiting = this.#waiting++;
    const attempt = async (runtime: Runtime) => {
      if (!asked) throw unnamed('decision');
      try {
        return await operation(runtime);
      } catch (caught) {
        runtime.failedToAnswer(asked.taskId, caught);
        throw caught;
      }
    };
    const result = await this.#answer(attempt, asked?.taskId);
    this.#waiting--;
    if (!asked) return result;
    const durationMs = Math.max(0, clock.monotonicMs() - calledAtMs);
    // Where there is no runtime, that is the answer.
    void this.#runtime.then(
      (runtime) => {
        runtime.health.answered(asked, result, { durationMs, waiting });
      },
      () => undefined,
    );
    return result;
  }

  /** Of a task that the request names. */
  #ofTask<T>(request: unknown, operation: (runtime: Runtime, taskId: string) => Promise<T>): Promise<WireResult<T>> {
    const asked = asTaskRequest(request);
    return this.#answer((runtime) => {
      if (!asked) throw unnamed('task');
      return operation(runtime, asked.taskId);
    }, asked?.taskId);
  }

  /** @param asks false where nobody waits for anything */
  #answer<T>(
    operation: (runtime: Runtime) => T | Promise<T>,
    taskId: string | null = null,
    asks = true,
  ): Promise<WireResult<T>> {
    return wireResult(
      async () => {
        const runtime = await this.#runtime;
        if (asks) runtime.touch();
        return operation(runtime);
      },
      (error) => {
        this.#remember(error, taskId);
      },
    );
  }

  #remember(error: TendrilError, taskId: string | null): void {
    if (this.#errors.includes(error)) return;
    this.#errors.unshift(error);
    this.#errors.splice(REMEMBERED_ERRORS);
    this.#onEvent({ type: 'error', error: toWireError(error), taskId });
  }
}
