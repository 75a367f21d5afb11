import type { ComputeBackend } from '../compute/compute.ts';
import { LiveLatency } from '../compute/probe/live-latency.ts';
import type { Clock } from '../core/clock.ts';
import { SerialQueue } from '../core/serial-queue.ts';
import { reasonOf, TendrilError } from '../errors.ts';
import { expectedSpec } from '../learners/fresh-learner.ts';
import type { ParsedTask } from '../learners/task-schema.ts';
import type { BackendStatus } from '../protocol/messages.ts';
import type { Backends, ChosenBackend } from './backends.ts';
import type { ModelHost } from './model-host.ts';
import { timedBackend } from './timed-backend.ts';

export interface TaskBackendParts {
  readonly backends: Backends;
  readonly onChange: (status: BackendStatus) => void;
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
  #latency: LiveLatency | null;
  #wasContradicted = false;
  #isMending = false;
  #chosen: ChosenBackend;
  /** Where it was before its memory was wanted for something else. */
  #lent: ChosenBackend | null = null;

  private constructor(parts: TaskBackendParts, chosen: ChosenBackend) {
    this.#parts = parts;
    this.#chosen = chosen;
    this.#latency = latencyOf(chosen);
  }

  static async first(task: ParsedTask, parts: TaskBackendParts): Promise<TaskBackend> {
    const spec = expectedSpec(task);
    return new TaskBackend(parts, spec ? await parts.backends.first(spec) : await parts.backends.host());
  }

  get backend(): ComputeBackend {
    return this.#chosen.backend;
  }

  get status(): BackendStatus {
    return this.#chosen.status;
  }

  /** Loads the model, on the next best backend where this one cannot hold it. */
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

  /** Measures, unless the choice is settled, and moves the model to the fastest. */
  async settle(host: ModelHost): Promise<void> {
    if (!this.status.settled) await this.measure(host);
  }

  /** Measures, and moves the model to the fastest. */
  async measure(host: ModelHost): Promise<void> {
    const before = this.backend;
    const { network } = (await host.snapshot()).model;
    if (!network) return;
    const chosen = await this.#parts.backends.measure(network.spec, network.state);
    await this.#queue.run(async () => {
      // It has failed in the meantime.
      if (before !== this.backend) return;
      try {
        await host.moveTo(this.#timed(chosen.backend));
        this.#use(chosen);
        this.#watch(host, chosen.backend);
      } catch (caught) {
        if (!isOfCompute(caught)) throw caught;
        await this.#parts.backends.failed(chosen.backend, caught.message, false);
        this.#use({ backend: before, status: { ...this.status, settled: true, why: caught.message } });
      }
    });
  }

  #use(chosen: ChosenBackend): void {
    this.#chosen = chosen;
    this.#latency = latencyOf(chosen);
    this.#parts.onChange(chosen.status);
  }

  #watch(host: ModelHost, watched: ComputeBackend): void {
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
        await host.drain();
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
    this.#use(await backends.fallback(names, reason, this.status.probe));
    await this.#open(host);
    await host.drain();
  }

  /** Gives the backend's memory back: the model goes on on the cpu. @param forNow whether it shall {@link comeBack} */
  giveUp(host: ModelHost, why: string, forNow: boolean): Promise<void> {
    return this.#queue.run(async () => {
      const { backend } = this;
      if (isCpuAlone(backend)) return;
      // Stored first: what memory is short for may end this worker.
      await host.drain('arrived');
      const cpu = await this.#parts.backends.open('cpu');
      await host.moveTo(cpu);
      this.#lent = forNow ? this.#chosen : null;
      this.#use({ backend: cpu, status: { serving: 'cpu', why, settled: true, probe: this.status.probe } });
    });
  }

  /** To where it was before it gave that up for now. */
  comeBack(host: ModelHost): Promise<void> {
    return this.#queue.run(async () => {
      const lent = this.#lent;
      if (!lent) return;
      this.#lent = null;
      const backend = await this.#parts.backends.reopen(lent.backend);
      await host.moveTo(this.#timed(backend));
      this.#use({ backend, status: lent.status });
      this.#watch(host, backend);
    });
  }
}

/** null where nothing was measured. */
function latencyOf({ status: { probe, serving } }: ChosenBackend): LiveLatency | null {
  const expectedMs = probe?.results.find(({ backend }) => backend === serving)?.predictMs;
  return typeof expectedMs === 'number' ? new LiveLatency(expectedMs) : null;
}

/** And not as one of two. */
export function isCpuAlone({ deviceKey }: ComputeBackend): boolean {
  return deviceKey === 'cpu';
}

const OUT_OF_MEMORY = /out of memory/i;

function isOfCompute(caught: unknown): caught is TendrilError {
  return caught instanceof TendrilError && caught.code === 'COMPUTE_FAILED';
}

/** A trap in WebAssembly, or no room where there has to be some: what else lies in that memory is not to be trusted. */
function isDamage({ cause }: TendrilError): boolean {
  return (
    cause instanceof RangeError || cause instanceof WebAssembly.RuntimeError || OUT_OF_MEMORY.test(reasonOf(cause))
  );
}
