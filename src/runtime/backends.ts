import * as v from 'valibot';
import type { BackendName, ComputeBackend, NetworkSpec, NetworkState, OpenBackend } from '../compute/compute.ts';
import { probeBackends, shapeKey, type BackendChoice, type ProbeReport } from '../compute/probe/probe.ts';
import { SerialQueue } from '../core/serial-queue.ts';
import { TendrilError } from '../errors.ts';
import type { Store } from '../memory/store.ts';
import type { BackendStatus } from '../protocol/messages.ts';
import { BackendFailures } from './backend-failures.ts';
import { BackendPool } from './backend-pool.ts';
import { isBelieved } from './believed-report.ts';
import type { Environment } from './environment.ts';

const backendName = v.picklist(['webgpu', 'wasm', 'cpu']);
/** What a remembered probe must still have to be believed; the rest of it is shown, not used. */
const rememberedProbe = v.looseObject({
  chosen: backendName,
  /** Not there where it was measured before two could be chosen. */
  learning: v.optional(backendName),
  why: v.string(),
  measuredAtMs: v.number(),
  results: v.array(
    v.looseObject({ backend: v.string(), deviceKey: v.nullable(v.string()), available: v.optional(v.boolean(), true) }),
  ),
});

export interface ChosenBackend {
  readonly backend: ComputeBackend;
  readonly status: BackendStatus;
}

/** Puts a model on it. What was chosen stays open until that is done; afterwards as long as a model runs on it. */
export type UseBackend = (chosen: ChosenBackend) => void | Promise<void>;

const OPENS_WITHIN_MS = 10_000;

/** Finds the fastest backend for a model: remembered from an earlier visit, or measured in the background. */
export class Backends {
  readonly pool: BackendPool;
  readonly #names: readonly BackendName[];
  readonly #store: Store;
  readonly #environment: Pick<Environment, 'clock' | 'delay' | 'yieldToEvents'>;
  readonly #failures: BackendFailures;
  /** One at a time: two would disturb each other. */
  readonly measuring = new SerialQueue();

  constructor(
    open: OpenBackend,
    names: readonly BackendName[],
    store: Store,
    environment: Pick<Environment, 'clock' | 'delay' | 'yieldToEvents'>,
  ) {
    this.pool = new BackendPool(open);
    this.#names = names;
    this.#store = store;
    this.#environment = environment;
    this.#failures = new BackendFailures(store, environment.clock);
  }

  /** What was asked for and has not failed lately; the cpu where that is nothing. */
  async usable(): Promise<readonly BackendName[]> {
    const struckOut = await this.#failures.struckOut();
    const usable = this.#names.filter((name) => !struckOut.has(name));
    return usable.length > 0 ? usable : ['cpu'];
  }

  /** The backend cannot be gone on with. @param isFatal whether opening it anew would not help @returns the names of what has failed: of two the one that is lost */
  async failed(backend: ComputeBackend, reason: string, isFatal: boolean): Promise<BackendName[]> {
    const parts = [...new Set(this.pool.partsOf(backend))];
    const lost = parts.filter((part) => this.pool.isLost(part));
    const faulty = lost.length > 0 ? lost : parts.filter(({ name }) => name !== 'cpu' || parts.length === 1);
    // Several tasks may run on what fails: that is one failure.
    for (const part of faulty) if (this.pool.retire(part)) await this.#failures.add(part.name, reason, isFatal);
    return faulty.map(({ name }) => name);
  }

  /**
   * What serves at once: the one that was asked for alone, or else the cpu, until another one is open.
   * @throws BACKEND_UNAVAILABLE where the page wants one alone, which is not there
   */
  async first(): Promise<ChosenBackend> {
    const [pinned, ...others] = this.#names;
    const names = await this.usable();
    if (pinned && others.length === 0 && names[0] === pinned)
      return { backend: await this.pool.open(pinned), status: settled(pinned, 'the only backend that was asked for') };
    const isLeft = names.length === 1 && names[0] === 'cpu';
    const why = isLeft ? 'what else was asked for has failed lately' : 'serves until the fastest backend is open';
    return this.#onCpu(why, isLeft);
  }

  async #onCpu(why: string, isSettled: boolean): Promise<ChosenBackend> {
    return { backend: await this.pool.open('cpu'), status: { ...settled('cpu', why), settled: isSettled } };
  }

  /** For a model that has no network: it runs in typed arrays, whatever was asked for. */
  withoutNetwork(): Promise<ChosenBackend> {
    return this.#onCpu('this model has no network to accelerate', true);
  }

  /** Where this model was the fastest when that was measured on this device, at an earlier visit. @returns false where that is not known, or no longer so */
  async resume(spec: NetworkSpec, use: UseBackend): Promise<boolean> {
    const names = await this.usable();
    return this.pool.holding(names, async () => {
      const report = await this.#remembered(spec, names);
      const chosen = report && (await this.#openMeasured(report));
      if (chosen) await use(chosen);
      return chosen !== null;
    });
  }

  /** Where this model is the fastest, as it is measured on every backend; that is remembered. @throws BACKEND_UNAVAILABLE when nothing could be measured */
  async choose(spec: NetworkSpec, state: NetworkState, use: UseBackend): Promise<void> {
    const names = await this.usable();
    await this.pool.holding(names, async () => {
      const probe = await this.#measure(spec, state, names);
      const backend = await this.pool.openBoth(choiceOf(probe));
      await use({ backend, status: { ...settled(probe.chosen, probe.why), probe } });
      // Last: where there is no room for it the model runs there all the same.
      await this.#store.putSetting(settingKey(spec, names), probe);
    });
  }

  #measure(spec: NetworkSpec, state: NetworkState, names: readonly BackendName[]): Promise<ProbeReport> {
    const { clock, delay, yieldToEvents } = this.#environment;
    const open: OpenBackend = (name) => this.pool.open(name);
    return this.measuring.run(() => probeBackends({ names, open, spec, state, clock, delay, yieldToEvents }));
  }

  async #remembered(spec: NetworkSpec, names: readonly BackendName[]): Promise<ProbeReport | null> {
    const stored = await this.#store.setting(settingKey(spec, names));
    const parsed = v.safeParse(rememberedProbe, stored);
    if (!parsed.success || !isBelieved(parsed.output, this.#environment.clock.nowMs())) return null;
    // It was written by this file; the fields that matter were checked.
    return stored as ProbeReport;
  }

  /** @returns null where it is gone from this device, or another device than was measured, or its driver hangs */
  async #openMeasured(probe: ProbeReport): Promise<ChosenBackend | null> {
    const { chosen, why, results } = probe;
    try {
      const opened = this.pool.openBoth(choiceOf(probe));
      const backend = await Promise.race([opened, this.#environment.delay(OPENS_WITHIN_MS)]);
      if (!backend) return null;
      const isSame = ({ name, deviceKey }: ComputeBackend) =>
        results.some((result) => result.backend === name && result.deviceKey === deviceKey);
      if (!this.pool.partsOf(backend).every(isSame)) return null;
      return { backend, status: { ...settled(chosen, `remembered: ${why}`), probe } };
    } catch {
      return null;
    }
  }

  /** After `failed` has failed: the next best that opens, by what was measured. @throws BACKEND_UNAVAILABLE when none does */
  async fallback(
    failed: readonly BackendName[],
    reason: string,
    probe: ProbeReport | null,
    use: UseBackend,
  ): Promise<void> {
    const why = `${failed.join(', ')} failed: ${reason}`;
    const struckOut = await this.#failures.struckOut();
    const names = nextBest(failed, probe, this.#names).filter((name) => !struckOut.has(name));
    await this.pool.holding(names, async () => {
      const backend = await this.#firstOf(names);
      if (!backend) throw new TendrilError('BACKEND_UNAVAILABLE', { backend: failed.join(', '), reason });
      await use({ backend, status: { ...settled(backend.name, why), probe } });
    });
  }

  /** The first that opens. @returns null where there is none */
  async #firstOf(names: readonly BackendName[]): Promise<ComputeBackend | null> {
    for (const name of names) {
      const backend = await this.pool.open(name).catch(() => null);
      if (backend) return backend;
    }
    return null;
  }
}

function settingKey(spec: NetworkSpec, names: readonly BackendName[]): string {
  return `probe/${shapeKey(spec)}/${[...names].sort().join('+')}`;
}

function choiceOf({ chosen, learning = chosen }: Pick<ProbeReport, 'chosen'> & Partial<ProbeReport>): BackendChoice {
  return { predict: chosen, learn: learning };
}

/** By what was measured, and then the most capable that was asked for; the cpu is always there. */
function nextBest(
  failed: readonly BackendName[],
  probe: ProbeReport | null,
  asked: readonly BackendName[],
): BackendName[] {
  const timed = (probe?.results ?? []).flatMap(({ backend, predictMs, learnMs }) =>
    predictMs === null ? [] : [{ backend, totalMs: predictMs + learnMs }],
  );
  const measured = timed.sort((a, b) => a.totalMs - b.totalMs).map(({ backend }) => backend);
  const wasm = asked.filter((name) => name === 'wasm');
  return [...new Set<BackendName>([...measured, ...wasm, 'cpu'])].filter((name) => !failed.includes(name));
}

function settled(serving: BackendName, why: string): BackendStatus {
  return { serving, why, settled: true, probe: null };
}
