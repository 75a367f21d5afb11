import { proxy, releaseProxy, wrap, type Remote } from 'comlink';
import { reasonOf, TendrilError, type ErrorCode } from '../errors.ts';
import type {
  LearnerWorker,
  StartReport,
  StartRequest,
  WireError,
  WireResult,
  WorkerEvent,
} from '../protocol/messages.ts';

export interface ConnectionOptions {
  readonly spawn: () => Worker;
  readonly start: StartRequest;
  readonly startTimeoutMs: number;
  readonly onEvent: (event: WorkerEvent) => void;
}

/** One worker, from its handshake to its end. A policy that forbids workers tells only by an event or by silence, hence the time limit. */
export class Connection {
  /** Settles when the worker serves, or with the error that says why it does not. */
  readonly started: Promise<WireResult<StartReport>>;
  /** Answers what is under way when there is no worker, or no longer: a terminated worker never would. */
  readonly closed: Promise<WireResult<never>>;
  #close!: (result: WireResult<never>) => void;
  /** Settles when the worker has been told to start: what it is asked from then on waits there. */
  readonly #told: Promise<void>;
  #tell!: () => void;
  #worker: Worker | null = null;
  #remote: Remote<LearnerWorker> | null = null;
  #open = true;

  constructor(options: ConnectionOptions) {
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    this.#told = new Promise((resolve) => {
      this.#tell = resolve;
    });
    this.started = this.#start(options);
    // Calls made in the meantime need not wait for their deadline.
    void this.started.then((result) => {
      if (!result.ok) this.#close(result);
    });
  }

  /** Making the worker and copying to it what it starts with go in tasks of their own: the page is at its busiest where it calls. */
  async #start(options: ConnectionOptions): Promise<WireResult<StartReport>> {
    await nextTask();
    if (!this.#open) return this.closed;
    try {
      this.#worker = options.spawn();
    } catch (caught) {
      return unavailable(caught);
    }
    const broken = whenBroken(this.#worker);
    const remote = wrap<LearnerWorker>(this.#worker);
    this.#remote = remote;
    const answer = nextTask().then(() => {
      const report = checked(() => remote.start(options.start, proxy(options.onEvent)), isStartReport);
      void nextTask().then(this.#tell);
      return report;
    });
    return within(options.startTimeoutMs, Promise.race([answer, broken, this.closed]), () =>
      failure('WORKER_UNAVAILABLE', { reason: `no answer within ${options.startTimeoutMs} ms` }),
    );
  }

  /**
   * Calls the worker; whatever goes wrong on the way comes back as data. A call made before the worker serves waits there, so that its answer need not
   * wait for a word that it does; it is sent in a task of its own, not in the one in which the page starts.
   */
  call<T>(
    operation: (remote: Remote<LearnerWorker>) => Promise<WireResult<T>>,
    isValue: (value: unknown) => boolean,
  ): Promise<WireResult<T>> {
    if (!this.#open) return this.closed;
    const answer = this.#told.then((): Promise<WireResult<T>> => {
      const remote = this.#remote;
      return remote ? checked(() => operation(remote), isValue) : this.closed;
    });
    return Promise.race([answer, this.closed]);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#close(failure('WORKER_LOST', { reason: 'the connection was closed' }));
    this.#remote?.[releaseProxy]();
    this.#worker?.terminate();
  }
}

/** An answer that is not of the declared type is an error, not a surprise further on. */
async function checked<T>(
  ask: () => Promise<WireResult<T>>,
  isValue: (value: unknown) => boolean,
): Promise<WireResult<T>> {
  try {
    const result = await ask();
    if (!result.ok) return result;
    return isValue(result.value)
      ? result
      : failure('WORKER_ANSWER_INVALID', { reason: 'it does not have the declared shape' });
  } catch (caught) {
    return failure('WORKER_ANSWER_INVALID', { reason: reasonOf(caught) });
  }
}

function whenBroken(worker: Worker): Promise<WireResult<never>> {
  return new Promise((resolve) => {
    worker.addEventListener('error', (event) => {
      // Handled here: the host page's own error handler must not hear of it.
      event.preventDefault();
      resolve(failure('WORKER_UNAVAILABLE', { reason: event.message || 'its script was not loaded' }));
    });
  });
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function isStartReport(value: unknown): boolean {
  return isObject(value) && value.protocolVersion === 1;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** `late()` where `answer` takes longer than `limitMs`. */
export function within<T>(limitMs: number, answer: Promise<T>, late: () => T): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(late());
    }, limitMs);
    void answer.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

export function wireError(code: ErrorCode, details: WireError['details']): WireError {
  const { message } = new TendrilError(code, details);
  return { code, message, details };
}

/** Why there is no worker: the error itself where it has a code. */
function unavailable(caught: unknown): WireResult<never> {
  if (caught instanceof TendrilError) return failure(caught.code, caught.details);
  return failure('WORKER_UNAVAILABLE', { reason: reasonOf(caught) });
}

export function failure(code: ErrorCode, details: WireError['details']): WireResult<never> {
  return { ok: false, error: wireError(code, details) };
}
