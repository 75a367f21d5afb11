import type { BackendName, ComputeBackend } from '../compute/compute.ts';
import { LiveLatency } from '../compute/probe/live-latency.ts';
import type { BackendChoice } from '../compute/probe/probe.ts';
import type { Clock } from '../core/clock.ts';
import { SerialQueue } from '../core/serial-queue.ts';
import { reasonOf, TendrilError } from '../errors.ts';
import { expectedSpec } from '../learners/fresh-learner.ts';
import type { NetworkPart } from '../learners/model-state.ts';
import type { ParsedTask } from '../learners/task-schema.ts';
import type { BackendStatus } from '../protocol/messages.ts';
import type { Backends, ChosenBackend, UseBackend } from './backends.ts';
import type { ModelHost } from './model-host.ts';
import { timedBackend } from './timed-backend.ts';

export interface TaskBackendParts {
  readonly backends: Backends;
  readonly onChange: (status: BackendStatus) => void;
  /** The model has left a backend that may not be needed any more. */
  readonly onLeft: () => void;
  readonly onError: (caught: unknown) => void;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Whether the device has too much to do for its times to mean anything. */
  readonly isBusy: () => boolean;
  /** Predictions take much longer than was measured. */
  readonly onContradicted: () => void;
  /** Ends this worker, whose page starts another one. @returns false where nobody would */
  readonly restart: () => Promise<boolean>;
}

/** Times that a model is loaded anew where it was, before it is given up on that its backend computes. */
const RELOADS = 1;
/** The cpu has nothing after it. */
const RELOADS_ON_CPU = 3;

/**
 * Which backend one task's model runs on: the first, the measured one, and another after a failure. What fails takes the weights along: the model comes back
 * from its last checkpoint and the log.
 */
export class TaskBackend {
  readonly #parts: TaskBackendParts;
  readonly #queue = new SerialQueue();
  readonly #failures = new WeakMap<ComputeBackend, number>();
  readonly #timedOnes = new WeakMap<ComputeBackend, ComputeBackend>();
  readonly #watched = new WeakSet<ComputeBackend>();
  #latency: LiveLatency | null;
  #wasContradicted = false;
  #isMending = false;
  #chosen: ChosenBackend;
  /** Where it was before its memory was wanted for something else: by name, so that nothing of it is kept. */
  #lent: { readonly choice: BackendChoice; readonly status: BackendStatus } | null = null;

  private constructor(parts: TaskBackendParts, chosen: ChosenBackend) {
    this.#parts = parts;
    this.#chosen = chosen;
    this.#latency = latencyOf(chosen);
  }

  static async first(task: ParsedTask, parts: TaskBackendParts): Promise<TaskBackend> {
    const spec = expectedSpec(task);
    return new TaskBackend(parts, spec ? await parts.backends.first() : await parts.backends.withoutNetwork());
  }

  get backend(): ComputeBackend {
    return this.#chosen.backend;
  }

  get status(): BackendStatus {
    return this.#chosen.status;
  }

  /** Loads the model as it is stored now, on the next best backend where this one cannot hold it. */
  open(host: ModelHost): Promise<void> {
    return this.#queue.run(() => this.#open(host));
  }

  async #open(host: ModelHost): Promise<void> {
    const { backend } = this;
    try {
      await host.load(this.#timed(backend));
      this.#watch(host, backend);
    } catch (caught) {
      if (!isOfCompute(caught) || isCpuAlone(backend)) throw caught;
      await this.#replace(host, backend, caught.message);
    }
  }

  /** What predictions take is heard of. */
  #timed(backend: ComputeBackend): ComputeBackend {
    const { clock } = this.#parts;
    const timed = this.#timedOnes.get(backend) ?? timedBackend(backend, clock, (ms) => this.#predicted(backend, ms));
    this.#timedOnes.set(backend, timed);
    return timed;
  }

  /** Of one row. Once in a worker: what is measured again and contradicted again has another cause. */
  #predicted(backend: ComputeBackend, ms: number): void {
    if (backend !== this.backend || this.#wasContradicted || this.#parts.isBusy()) return;
    if (!this.#latency?.contradicts(ms)) return;
    this.#wasContradicted = true;
    this.#parts.onContradicted();
  }

  /** Moves the model to where it was the fastest at an earlier visit, where that is known. */
  async resume(host: ModelHost): Promise<void> {
    const { backends } = this.#parts;
    if (!this.status.settled)
      await this.#moveBy(host, async ({ spec }, use) => void (await backends.resume(spec, use)));
  }

  /** Measures, unless the choice is settled, and moves the model to the fastest backend. */
  async settle(host: ModelHost): Promise<void> {
    if (!this.status.settled) await this.measure(host);
  }

  /** Measures, and moves the model to the fastest backend. */
  measure(host: ModelHost): Promise<void> {
    return this.#moveBy(host, ({ spec, state }, use) => this.#parts.backends.choose(spec, state, use));
  }

  async #moveBy(host: ModelHost, choose: (network: NetworkPart, use: UseBackend) => Promise<void>): Promise<void> {
    const before = this.backend;
    const { network } = (await host.snapshot()).model;
    if (network) await choose(network, (chosen) => this.#queue.run(() => this.#moveTo(host, chosen, before)));
  }

  async #moveTo(host: ModelHost, chosen: ChosenBackend, before: ComputeBackend): Promise<void> {
    const { backends } = this.#parts;
    // It has failed in the meantime.
    if (before !== this.backend) return;
    try {
      if (chosen.backend !== before) await host.moveTo(this.#timed(chosen.backend));
      this.#use(chosen);
      this.#watch(host, chosen.backend);
    } catch (caught) {
      // Where it was may be what has failed.
      const isOfChosen = backends.pool.partsOf(chosen.backend).some(({ name }) => isOfCompute(caught, name));
      if (!isOfChosen) throw caught;
      const why = reasonOf(caught);
      await backends.failed(chosen.backend, why, false);
      this.#use({ backend: before, status: { ...this.status, settled: true, why } });
    }
  }

  #use(chosen: ChosenBackend): void {
    this.#chosen = chosen;
    this.#latency = latencyOf(chosen);
    this.#parts.onChange(chosen.status);
  }

  #watch(host: ModelHost, watched: ComputeBackend): void {
    if (this.#watched.has(watched)) return;
    this.#watched.add(watched);
    void watched.lost.then((reason) => {
      this.#inTurn(watched, () => this.#replace(host, watched, reason));
    });
  }

  /**
   * Something could not be computed although the backend has not said that it is lost: the model is loaded anew, and on another backend if that does not help.
   * Where the memory of this whole worker may be damaged, another worker takes over.
   */
  failed(host: ModelHost, error: TendrilError): void {
    const { backend } = this;
    // What was under way on a model that is being replaced fails because of that.
    if (this.#isMending) return;
    const failures = (this.#failures.get(backend) ?? 0) + 1;
    this.#failures.set(backend, failures);
    const isLast = isCpuAlone(backend);
    if (isLast && failures > RELOADS_ON_CPU) return;
    const reload = isLast || (failures <= RELOADS && !isDamage(error));
    this.#inTurn(backend, async () => {
      if (!reload) return this.#replace(host, backend, error.message, isDamage(error));
      try {
        await host.reload();
        await host.drain('arrived');
      } catch (caught) {
        // Nobody would hear of it: while it is being mended, failures are expected.
        if (!isOfCompute(caught) || isLast) throw caught;
        await this.#replace(host, backend, caught.message, isDamage(caught));
      }
    });
  }

  /** Unless the model has left the backend by then. */
  #inTurn(backend: ComputeBackend, work: () => Promise<void>): void {
    this.#isMending = true;
    const done = this.#queue.run(async () => {
      try {
        if (backend === this.backend) await work();
      } finally {
        this.#isMending = false;
      }
    });
    done.catch(this.#parts.onError);
  }

  async #replace(
    host: ModelHost,
    failed: ComputeBackend,
    reason: string,
    isDamaged = OUT_OF_MEMORY.test(reason),
  ): Promise<void> {
    const { backends, restart } = this.#parts;
    const names = await backends.failed(failed, reason, isDamaged);
    if (isDamaged && (await restart())) return;
    await backends.fallback(names, reason, this.status.probe, (chosen) => {
      this.#use(chosen);
    });
    await this.#open(host);
    this.#parts.onLeft();
    await host.drain('arrived');
  }

  /** Gives the backend's memory back: the model goes on on the cpu. @param forNow whether it shall {@link comeBack} */
  giveUp(host: ModelHost, why: string, forNow: boolean): Promise<void> {
    return this.#queue.run(async () => {
      const { backend } = this;
      if (isCpuAlone(backend)) return;
      // Stored first: what memory is short for may end this worker.
      await host.drain('arrived');
      const { pool } = this.#parts.backends;
      const choice = pool.choiceOf(backend);
      const { status } = this;
      await pool.holding(['cpu'], async () => {
        const cpu = await pool.open('cpu');
        await host.moveTo(cpu);
        this.#use({ backend: cpu, status: { serving: 'cpu', why, settled: true, probe: status.probe } });
      });
      this.#lent = forNow ? { choice, status } : null;
    });
  }

  /** To where it was before it gave that up for now. */
  comeBack(host: ModelHost): Promise<void> {
    return this.#queue.run(async () => {
      const lent = this.#lent;
      if (!lent) return;
      this.#lent = null;
      const { choice, status } = lent;
      const { pool } = this.#parts.backends;
      await pool.holding([choice.predict, choice.learn], async () => {
        const backend = await pool.openBoth(choice);
        await host.moveTo(this.#timed(backend));
        this.#use({ backend, status });
        this.#watch(host, backend);
      });
    });
  }
}

/** null where nothing was measured. A prediction after a step takes the weights along where that is done elsewhere. */
function latencyOf({ backend, status: { probe, serving } }: ChosenBackend): LiveLatency | null {
  const timingsOf = (name: BackendName | undefined) => probe?.results.find((result) => result.backend === name);
  const predicts = timingsOf(serving);
  if (typeof predicts?.predictMs !== 'number') return null;
  const isOneOfTwo = backend.deviceKey !== predicts.deviceKey;
  const copyMs = isOneOfTwo ? (timingsOf(probe?.learning)?.readMs ?? 0) + predicts.createMs : 0;
  return new LiveLatency(predicts.predictMs + copyMs);
}

/** And not as one of two. */
export function isCpuAlone({ deviceKey }: ComputeBackend): boolean {
  return deviceKey === 'cpu';
}

const OUT_OF_MEMORY = /out of memory/i;

/** @param name of the backend that it must be of */
function isOfCompute(caught: unknown, name?: BackendName): caught is TendrilError {
  if (!(caught instanceof TendrilError) || caught.code !== 'COMPUTE_FAILED') return false;
  return name === undefined || caught.details.backend === name;
}

/** A trap in WebAssembly, or no room where there has to be some: what else lies in that memory is not to be trusted. */
function isDamage({ cause }: TendrilError): boolean {
  return (
    cause instanceof RangeError || cause instanceof WebAssembly.RuntimeError || OUT_OF_MEMORY.test(reasonOf(cause))
  );
}
