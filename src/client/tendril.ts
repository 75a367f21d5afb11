import type { Remote } from 'comlink';
import type { Signal } from '../core/signal.ts';
import type { Candidate, Features } from '../core/task.ts';
import { TendrilError } from '../errors.ts';
import type {
  Abstention,
  Acknowledged,
  ClassifyAnswer,
  FeedbackRequest,
  ForecastAnswer,
  LearnerWorker,
  ModelReference,
  Observation,
  PredictAnswer,
  Publication,
  RankAnswer,
  RetrievalItem,
  RetrievalQuery,
  RetrieveAnswer,
  StartRequest,
  WireError,
  WireResult,
  WorkerEvent,
  WorkerStatus,
} from '../protocol/messages.ts';
import {
  feedbackResult,
  isAcknowledged,
  isClassification,
  isForecast,
  isInterval,
  isRanking,
  isRetrieval,
  type Classification,
  type FeedbackResult,
  type Forecast,
  type Prediction,
  type Ranking,
  type Retrieval,
} from './answers.ts';
import { Connection, failure, isObject, within } from './connection.ts';
import { Consent } from './consent.ts';
import { Feed } from './feed.ts';
import { Journal } from './journal.ts';
import { lazyParts, type LazyParts } from './lazy-parts.ts';
import type { Health, Versions } from './manage.ts';
import type { CallWorker, Memory } from './memory.ts';
import type { ResolvedOptions } from './options.ts';
import { onDemand } from './on-demand.ts';
import { Privacy } from './privacy.ts';
import type { Review, ReviewParts } from './review.ts';

interface DeadlineOption {
  /** Instead of the option of `createTendril`. */
  readonly deadlineMs?: number;
}

export interface Status {
  /** `waiting`: for the visitor's consent. */
  readonly state: 'waiting' | 'starting' | 'ready' | 'unavailable';
  readonly worker: WorkerStatus | null;
  /** The last errors of page and worker, newest first. */
  readonly errors: readonly WireError[];
}

export interface EventMap {
  readonly error: Extract<WorkerEvent, { type: 'error' }>;
  readonly learned: Extract<WorkerEvent, { type: 'learned' }>;
  readonly version: Extract<WorkerEvent, { type: 'version' }>;
  readonly review: Extract<WorkerEvent, { type: 'review' }>;
  readonly alert: Extract<WorkerEvent, { type: 'alert' }>;
  readonly backend: Extract<WorkerEvent, { type: 'backend' }>;
}

/** Candidates in one message: copying a large catalogue at once would hold the page. */
const CANDIDATES_PER_MESSAGE = 100;
/** Feedback that is not acknowledged for this long means a dead worker. */
const ACKNOWLEDGE_WITHIN_MS = 10_000;
/** Another page of this origin may declare the task that this one does not. */
const UNDELIVERED: readonly string[] = [
  'WORKER_LOST',
  'WORKER_UNAVAILABLE',
  'STORAGE_FAILED',
  'STORAGE_QUOTA',
  'UNKNOWN_TASK',
];
const JOURNALED_FEEDBACK = 50;
const JOURNALED_SIGNALS = 500;
const MAX_RESTARTS = 3;
const REMEMBERED_ERRORS = 20;

/**
 * The page's handle. Nothing here throws or rejects: a failure is a value with an error code, and the page's own order or answer stands.
 */
export class Tendril {
  /** True when the worker serves; false when it cannot be had. Waits for the visitor's consent where that is required. */
  readonly ready: Promise<boolean>;
  readonly privacy: Privacy;
  readonly feed: Feed;
  readonly memory: Memory;
  readonly review: Review;
  readonly versions: Versions;
  readonly health: Health;
  readonly #options: ResolvedOptions;
  readonly #spawn: () => Worker;
  readonly #listeners = new Map<string, Set<(event: WorkerEvent) => void>>();
  readonly #errors: WireError[] = [];
  /** Candidates given once, by task: for the page's own order, and for a worker that starts anew. */
  readonly #candidates = new Map<string, { readonly list: readonly Candidate[]; readonly sent: Promise<boolean> }>();
  readonly #journal: Journal<FeedbackRequest>;
  readonly #consent: Consent;
  readonly #load: LazyParts;
  #state: Status['state'] = 'waiting';
  #connection: Connection;
  #restarts = 0;
  #disposed = false;

  constructor(options: ResolvedOptions, spawn: () => Worker, load: LazyParts = lazyParts(options.filesUrl)) {
    this.#options = options;
    this.#spawn = spawn;
    this.#load = load;
    const { namespace } = options.start;
    this.#journal = new Journal(namespace, 'feedback', JOURNALED_FEEDBACK);
    this.#consent = new Consent(options.consentRequired ? 'missing' : 'granted');
    this.#connection = this.#refusing();
    const call: CallWorker = (operation) => this.#connection.call(operation, isObject);
    const journal = new Journal<Signal>(namespace, 'signals', JOURNALED_SIGNALS);
    const captured = new Journal<Signal>(namespace, 'captured', JOURNALED_SIGNALS);
    this.feed = new Feed({ namespace, consent: this.#consent, call, journal, captured, load: load.capture });
    this.memory = onDemand(async () => (await load.privacy()).createMemory(call));
    const watch: ReviewParts['watch'] = (listener) => this.on('review', listener);
    this.review = onDemand(async () => (await load.review()).createReview({ call, watch }));
    this.versions = onDemand(async () => (await load.manage()).createVersions(call));
    this.health = onDemand(async () => (await load.manage()).createHealth(call));
    this.privacy = this.#createPrivacy([this.#journal, journal, captured], load.privacy);
    this.ready = new Promise((resolve) => {
      this.#consent.watch((granted) => {
        if (!granted) return;
        this.#begin();
        resolve(this.#connection.started.then(({ ok }) => ok));
      });
    });
  }

  /** Starts, or starts over, where there is consent. */
  #begin(): void {
    if (this.#disposed || !this.#consent.granted) return;
    this.#connection = this.#connect();
    for (const [taskId, { list }] of this.#candidates) void this.setCandidates(taskId, list);
  }

  #createPrivacy(journals: readonly Journal<object>[], load: LazyParts['privacy']): Privacy {
    const { start } = this.#options;
    return new Privacy({
      consent: this.#consent,
      journals,
      load,
      namespace: start.namespace,
      reader: () => {
        if (this.#consent.granted) return { connection: this.#connection, close: () => undefined };
        const connection = this.#open({ ...start, tasks: [], registryUrl: null });
        return { connection, close: () => connection.close() };
      },
      disconnect: () => {
        this.feed.startOver();
        this.#connection.close();
        this.#connection = this.#refusing();
        this.#state = 'waiting';
      },
      connect: () => {
        if (this.#state === 'waiting') this.#begin();
      },
    });
  }

  /** Answers every call with what it lacks. */
  #refusing(): Connection {
    return new Connection({
      spawn: () => {
        throw new TendrilError('CONSENT_MISSING');
      },
      start: this.#options.start,
      startTimeoutMs: 0,
      onEvent: () => undefined,
    });
  }

  #open(start: StartRequest): Connection {
    return new Connection({
      spawn: this.#spawn,
      start,
      startTimeoutMs: this.#options.startTimeoutMs,
      onEvent: (event) => {
        this.#onEvent(event);
      },
    });
  }

  #connect(): Connection {
    const undelivered = this.#journal.entries();
    this.#state = 'starting';
    const connection = this.#open(this.#options.start);
    void connection.started.then((result) => {
      // Closed in the meantime.
      if (connection !== this.#connection) return;
      this.#state = result.ok ? 'ready' : 'unavailable';
      if (!result.ok) this.#onEvent({ type: 'error', error: result.error, taskId: null });
      else {
        // Without it the worker does not know the device; it serves all the same.
        this.#load.device().then(
          ({ watchDevice }) => watchDevice(connection, () => this.#restart(connection)),
          () => undefined,
        );
        for (const feedback of undelivered) void this.feedback(feedback);
        void this.feed.redeliver();
      }
    });
    return connection;
  }

  /** A worker that died takes nothing acknowledged with it; the next one reads it from the log. */
  #restart(dead: Connection): void {
    if (this.#disposed || dead !== this.#connection) return;
    if (this.#restarts++ < MAX_RESTARTS) this.#begin();
    else this.#state = 'unavailable';
    // Only now: what was under way is sent again to the one after it.
    dead.close();
  }

  /** To the next worker where this one dies of it: for calls that are the same call twice. */
  async #callAgain<T>(
    operation: (worker: Remote<LearnerWorker>) => Promise<WireResult<T>>,
    isValue: (value: unknown) => boolean,
  ): Promise<WireResult<T>> {
    const connection = this.#connection;
    const result = await connection.call(operation, isValue);
    const isLost = !result.ok && result.error.code === 'WORKER_LOST' && connection !== this.#connection;
    return isLost ? this.#connection.call(operation, isValue) : result;
  }

  /** Gives the candidates of a ranking task once, so that `rank` need not. @returns whether the worker has taken them */
  setCandidates(taskId: string, candidates: readonly Candidate[]): Promise<boolean> {
    const sent = this.#sendCandidates(taskId, candidates);
    this.#candidates.set(taskId, { list: candidates, sent });
    return sent;
  }

  async #sendCandidates(taskId: string, candidates: readonly Candidate[]): Promise<boolean> {
    const connection = this.#connection;
    for (let start = 0; start === 0 || start < candidates.length; start += CANDIDATES_PER_MESSAGE) {
      const chunk = candidates.slice(start, start + CANDIDATES_PER_MESSAGE);
      const mode = start === 0 ? 'replace' : 'append';
      const result = await connection.call(
        (worker) => worker.setCandidates(taskId, chunk, mode),
        (value) => typeof value === 'number',
      );
      if (!result.ok) return false;
    }
    return true;
  }

  /**
   * Orders the candidates. The answer comes within the deadline, whatever happens.
   * @param request `candidates` in the page's own order; without them those of {@link setCandidates}
   */
  async rank(
    taskId: string,
    request: DeadlineOption & { readonly context?: Features; readonly candidates?: readonly Candidate[] } = {},
  ): Promise<Ranking> {
    const { context = {}, candidates } = request;
    const given = this.#candidates.get(taskId);
    const own = candidates ?? given?.list ?? [];
    const order = own.map(({ id }) => ({ id, score: 0, propensity: 1 }));
    return this.#answer<RankAnswer, Ranking>(
      { order },
      request,
      (value) => isRanking(value, own),
      async (worker, decisionId) => {
        // A catalogue goes in pieces: an order of a part of it would be none.
        if (!candidates) await this.#candidates.get(taskId)?.sent;
        return worker.rank({ taskId, decisionId, context, ...(candidates && { candidates }) });
      },
    );
  }

  classify(taskId: string, input: Features, request: DeadlineOption = {}): Promise<Classification> {
    return this.#answer<ClassifyAnswer, Classification>(
      { label: null, probabilities: {} },
      request,
      isClassification,
      (worker, decisionId) => worker.classify({ taskId, decisionId, input }),
    );
  }

  /** The expected number and its interval. */
  predict(taskId: string, input: Features, request: DeadlineOption = {}): Promise<Prediction> {
    return this.#answer<PredictAnswer, Prediction>(
      { value: null, lower: null, upper: null },
      request,
      isInterval,
      (worker, decisionId) => worker.predict({ taskId, decisionId, input }),
    );
  }

  /** The next values of a series. @param request `known`: features of the steps to come, the next one first */
  forecast(taskId: string, request: DeadlineOption & { readonly known?: readonly Features[] } = {}): Promise<Forecast> {
    const { known } = request;
    return this.#answer<ForecastAnswer, Forecast>({ steps: [] }, request, isForecast, (worker, decisionId) =>
      worker.forecast({ taskId, decisionId, ...(known && { known }) }),
    );
  }

  /** Adds values to a series, in any order. Acknowledged means that they are in the log. */
  async observe(taskId: string, observations: readonly Observation[]): Promise<FeedbackResult> {
    return this.#change((worker) => worker.observe(taskId, observations));
  }

  /** The items nearest to a query: its text, or its vector where the page makes them. */
  retrieve(taskId: string, query: RetrievalQuery, request: DeadlineOption = {}): Promise<Retrieval> {
    return this.#answer<RetrieveAnswer, Retrieval>({ items: [] }, request, isRetrieval, (worker, decisionId) =>
      worker.retrieve({ taskId, decisionId, query }),
    );
  }

  /**
   * Adds items to a retrieval task; an id that is there already is superseded. Acknowledged means that they are in the log.
   * @param source where they come from, kept with them
   */
  async addItems(taskId: string, items: readonly RetrievalItem[], source = 'page'): Promise<FeedbackResult> {
    return this.#change((worker, requestId) => worker.addItems({ taskId, requestId, items, source }));
  }

  async removeItems(taskId: string, ids: readonly string[], source = 'page'): Promise<FeedbackResult> {
    return this.#change((worker, requestId) => worker.removeItems({ taskId, requestId, ids, source }));
  }

  async #change(
    ask: (worker: Remote<LearnerWorker>, requestId: string) => Promise<WireResult<Acknowledged>>,
  ): Promise<FeedbackResult> {
    const requestId = crypto.randomUUID();
    return feedbackResult(await this.#callAgain((worker) => ask(worker, requestId), isAcknowledged));
  }

  /** The model's answer within the deadline, or what stands without it and the reason. */
  async #answer<T extends { readonly decisionId: string; readonly abstained?: Abstention | null }, A>(
    without: Omit<A, 'decisionId' | 'source' | 'model' | 'error' | 'abstained'>,
    { deadlineMs = this.#options.deadlineMs }: DeadlineOption,
    isAnswer: (value: unknown) => boolean,
    ask: (worker: Remote<LearnerWorker>, decisionId: string) => Promise<WireResult<T>>,
  ): Promise<A> {
    const decisionId = crypto.randomUUID();
    const call = this.#callAgain((worker) => ask(worker, decisionId), isAnswer);
    const answer = await this.#decide(decisionId, deadlineMs, call);
    const abstained = (answer.ok && answer.value.abstained) || null;
    // Both have what A has: T is A's answer on the wire, and `without` is the rest of A.
    return {
      ...(answer.ok && !abstained
        ? { ...answer.value, source: 'model', error: null }
        : { ...without, decisionId, source: 'host', model: null, error: answer.ok ? null : answer.error }),
      abstained,
    } as A;
  }

  async #decide<T>(decisionId: string, deadlineMs: number, answer: Promise<WireResult<T>>): Promise<WireResult<T>> {
    const result = await within(deadlineMs, answer, () => failure('DEADLINE_EXCEEDED', { deadlineMs }));
    if (!result.ok && result.error.code === 'DEADLINE_EXCEEDED') {
      this.keptOwnOrder(decisionId);
    }
    return result;
  }

  /** The page showed its own order although it had an answer (or the answer came too late): the log must not say otherwise. */
  keptOwnOrder(decisionId: string): void {
    void this.#connection.call(
      (worker) => worker.servedByHost(decisionId),
      (value) => value === null,
    );
  }

  /**
   * What came of a decision: a label for a classification; a value for a regression; the item (and its reward in [0, 1], default 1) for a
   * ranking; the item and a vote, or a correction, for a retrieval.
   * Acknowledged means that it is in the log and will be learned exactly once, also when it is sent twice.
   */
  async feedback(feedback: FeedbackRequest): Promise<FeedbackResult> {
    if (!this.#consent.granted) return feedbackResult(failure('CONSENT_MISSING', {}));
    this.#journal.add(feedback);
    const result = await this.#deliver(feedback);
    // What was refused would be refused again; what met a dead worker waits for the next page.
    if (result.acknowledged || !UNDELIVERED.includes(result.error.code)) this.#journal.remove(feedback);
    return result;
  }

  async #deliver(feedback: FeedbackRequest): Promise<FeedbackResult> {
    const connection = this.#connection;
    const result = await within(ACKNOWLEDGE_WITHIN_MS, this.#sendFeedback(feedback), () =>
      failure('WORKER_LOST', { reason: `no acknowledgement within ${ACKNOWLEDGE_WITHIN_MS} ms` }),
    );
    if (result.ok || result.error.code !== 'WORKER_LOST') return feedbackResult(result);
    this.#restart(connection);
    const again = await within(ACKNOWLEDGE_WITHIN_MS, this.#sendFeedback(feedback), () => result);
    return feedbackResult(again);
  }

  #sendFeedback(feedback: FeedbackRequest): Promise<WireResult<Acknowledged>> {
    return this.#connection.call((worker) => worker.feedback(feedback), isAcknowledged);
  }

  /** Learns what waits and stores a checkpoint now. */
  checkpoint(taskId: string): Promise<WireResult<ModelReference>> {
    return this.#connection.call((worker) => worker.checkpoint(taskId), isObject);
  }

  /** Publishes the model to the registry, and points `alias` at it where one is given. */
  publish(taskId: string, { alias = null }: { readonly alias?: string | null } = {}): Promise<WireResult<Publication>> {
    return this.#connection.call((worker) => worker.publish(taskId, alias), isObject);
  }

  async status(): Promise<Status> {
    const answer = this.#state === 'ready' ? await this.#connection.call((worker) => worker.status(), isObject) : null;
    const worker = answer?.ok ? answer.value : null;
    return { state: this.#state, worker, errors: [...this.#errors] };
  }

  /** @returns a function that stops listening */
  on<T extends keyof EventMap>(type: T, listener: (event: EventMap[T]) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listener as (event: WorkerEvent) => void);
    return () => listeners.delete(listener as (event: WorkerEvent) => void);
  }

  #onEvent(event: WorkerEvent): void {
    if (event.type === 'error') {
      this.#errors.unshift(event.error);
      this.#errors.splice(REMEMBERED_ERRORS);
    }
    for (const listener of this.#listeners.get(event.type) ?? []) {
      try {
        listener(event);
      } catch (caught) {
        console.error(caught);
      }
    }
  }

  /** Ends the worker. Later calls give the page's own order. */
  dispose(): void {
    this.#disposed = true;
    this.privacy.dispose();
    this.#connection.close();
    this.#state = 'unavailable';
  }
}
