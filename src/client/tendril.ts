import type { Candidate, Features } from '../core/task.ts';
import type {
  Acknowledged,
  ClassifyAnswer,
  FeedbackRequest,
  ModelReference,
  Publication,
  RankAnswer,
  RankedCandidate,
  WireError,
  WireResult,
  WorkerEvent,
  WorkerStatus,
} from '../protocol/messages.ts';
import { Connection, failure, isObject, within } from './connection.ts';
import { FeedbackJournal } from './feedback-journal.ts';
import type { ResolvedOptions } from './options.ts';

/** An ordering to show. `host` means the page's own order: the model was not ready, too late, or refused. */
export interface Ranking {
  readonly decisionId: string;
  readonly source: 'model' | 'host';
  readonly order: readonly RankedCandidate[];
  readonly model: ModelReference | null;
  /** Why the page's own order stands. */
  readonly error: WireError | null;
}

export interface Classification {
  readonly decisionId: string;
  readonly source: 'model' | 'host';
  /** The most probable class; null where the page must decide. */
  readonly label: string | null;
  readonly probabilities: Readonly<Record<string, number>>;
  readonly model: ModelReference | null;
  readonly error: WireError | null;
}

export type FeedbackResult =
  ({ readonly acknowledged: true } & Acknowledged) | { readonly acknowledged: false; readonly error: WireError };

export interface Status {
  readonly state: 'starting' | 'ready' | 'unavailable';
  readonly worker: WorkerStatus | null;
  /** The last errors of page and worker, newest first. */
  readonly errors: readonly WireError[];
}

export interface EventMap {
  readonly error: Extract<WorkerEvent, { type: 'error' }>;
  readonly learned: Extract<WorkerEvent, { type: 'learned' }>;
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
const MAX_RESTARTS = 3;
const REMEMBERED_ERRORS = 20;

/**
 * The page's handle. Nothing here throws or rejects: a failure is a value with an error code, and the page's own order or answer stands.
 */
export class Tendril {
  /** True when the worker serves; false when it cannot be had. */
  readonly ready: Promise<boolean>;
  readonly #options: ResolvedOptions;
  readonly #spawn: () => Worker;
  readonly #listeners = new Map<string, Set<(event: WorkerEvent) => void>>();
  readonly #errors: WireError[] = [];
  /** Candidates given once, by task: for the page's own order, and for a worker that starts anew. */
  readonly #candidates = new Map<string, { readonly list: readonly Candidate[]; readonly sent: Promise<boolean> }>();
  readonly #journal: FeedbackJournal;
  #state: Status['state'] = 'starting';
  #connection: Connection;
  #restarts = 0;
  #disposed = false;

  constructor(options: ResolvedOptions, spawn: () => Worker) {
    this.#options = options;
    this.#spawn = spawn;
    this.#journal = new FeedbackJournal(options.start.namespace);
    this.#connection = this.#connect();
    this.ready = this.#connection.started.then(({ ok }) => ok);
  }

  #connect(): Connection {
    const { start, startTimeoutMs } = this.#options;
    const undelivered = this.#journal.entries();
    const connection = new Connection({
      spawn: this.#spawn,
      start,
      startTimeoutMs,
      onEvent: (event) => {
        this.#onEvent(event);
      },
    });
    void connection.started.then((result) => {
      this.#state = result.ok ? 'ready' : 'unavailable';
      if (!result.ok) this.#onEvent({ type: 'error', error: result.error, taskId: null });
      else for (const feedback of undelivered) void this.feedback(feedback);
    });
    return connection;
  }

  /** A worker that died takes nothing acknowledged with it; the next one reads it from the log. */
  #restart(dead: Connection): void {
    if (this.#disposed || dead !== this.#connection || this.#restarts >= MAX_RESTARTS) return;
    this.#restarts++;
    dead.close();
    this.#connection = this.#connect();
    for (const [taskId, { list }] of this.#candidates) void this.setCandidates(taskId, list);
  }

  /** Gives the candidates of a ranking task once, so that `rank` need not. @returns whether the worker has taken them */
  setCandidates(taskId: string, candidates: readonly Candidate[]): Promise<boolean> {
    const sent = this.#sendCandidates(taskId, candidates);
    this.#candidates.set(taskId, { list: candidates, sent });
    return sent;
  }

  async #sendCandidates(taskId: string, candidates: readonly Candidate[]): Promise<boolean> {
    for (let start = 0; start === 0 || start < candidates.length; start += CANDIDATES_PER_MESSAGE) {
      const chunk = candidates.slice(start, start + CANDIDATES_PER_MESSAGE);
      const mode = start === 0 ? 'replace' : 'append';
      const result = await this.#connection.call(
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
    request: {
      readonly context?: Features;
      readonly candidates?: readonly Candidate[];
      readonly deadlineMs?: number;
    } = {},
  ): Promise<Ranking> {
    const { context = {}, candidates, deadlineMs = this.#options.deadlineMs } = request;
    const decisionId = crypto.randomUUID();
    const given = this.#candidates.get(taskId);
    const own = candidates ?? given?.list ?? [];
    const answer = await this.#decide(
      decisionId,
      deadlineMs,
      this.#connection.call(
        async (worker) => {
          // A catalogue goes in pieces: an order of a part of it would be none.
          if (!candidates) await given?.sent;
          return worker.rank({ taskId, decisionId, context, ...(candidates && { candidates }) });
        },
        (value) => isRanking(value, own),
      ),
    );
    if (answer.ok) return { ...answer.value, source: 'model', error: null };
    const order = own.map(({ id }) => ({ id, score: 0, propensity: 1 }));
    return { decisionId, source: 'host', order, model: null, error: answer.error };
  }

  async classify(
    taskId: string,
    input: Features,
    request: { readonly deadlineMs?: number } = {},
  ): Promise<Classification> {
    const { deadlineMs = this.#options.deadlineMs } = request;
    const decisionId = crypto.randomUUID();
    const answer = await this.#decide(
      decisionId,
      deadlineMs,
      this.#connection.call((worker) => worker.classify({ taskId, decisionId, input }), isClassification),
    );
    if (answer.ok) return { ...answer.value, source: 'model', error: null };
    return { decisionId, source: 'host', label: null, probabilities: {}, model: null, error: answer.error };
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
   * What came of a decision: a label for a classification; the item (and its reward in [0, 1], default 1) for a ranking.
   * Acknowledged means that it is in the log and will be learned exactly once, also when it is sent twice.
   */
  async feedback(feedback: FeedbackRequest): Promise<FeedbackResult> {
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
    if (result.ok) return { acknowledged: true, ...result.value };
    if (result.error.code !== 'WORKER_LOST') return { acknowledged: false, error: result.error };
    this.#restart(connection);
    const again = await within(ACKNOWLEDGE_WITHIN_MS, this.#sendFeedback(feedback), () => result);
    return again.ok ? { acknowledged: true, ...again.value } : { acknowledged: false, error: again.error };
  }

  #sendFeedback(feedback: FeedbackRequest): Promise<WireResult<Acknowledged>> {
    return this.#connection.call(
      (worker) => worker.feedback(feedback),
      (value) => isObject(value) && typeof value.position === 'number',
    );
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
    this.#connection.close();
    this.#state = 'unavailable';
  }
}

/** Exactly the candidates that were given, each once: anything else must not reach the page. */
function isRanking(value: unknown, candidates: readonly Candidate[]): value is RankAnswer {
  if (!isObject(value) || !Array.isArray(value.order) || value.order.length !== candidates.length) return false;
  const left = new Set(candidates.map(({ id }) => id));
  return (value.order as unknown[]).every((entry) => isObject(entry) && left.delete(entry.id as string));
}

function isClassification(value: unknown): value is ClassifyAnswer {
  return isObject(value) && isObject(value.probabilities);
}
