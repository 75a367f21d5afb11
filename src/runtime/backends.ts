import * as v from 'valibot';
import type { BackendName, ComputeBackend, NetworkSpec, NetworkState, OpenBackend } from '../compute/compute.ts';
import { probeBackends, shapeKey, type ProbeReport } from '../compute/probe.ts';
import { asTendrilError, TendrilError } from '../errors.ts';
import type { Store } from '../memory/store.ts';
import type { BackendStatus } from '../protocol/messages.ts';
import { BackendFailures } from './backend-failures.ts';
import type { Environment } from './environment.ts';

/** What a remembered probe must still have to be believed; the rest of it is shown, not used. */
const rememberedChoice = v.looseObject({
  chosen: v.picklist(['webgpu', 'wasm', 'cpu']),
  why: v.string(),
  results: v.array(v.looseObject({ backend: v.string(), deviceKey: v.nullable(v.string()) })),
});

export interface ChosenBackend {
  readonly backend: ComputeBackend;
  readonly status: BackendStatus;
}

/** Opens backends once each, and finds the fastest one for a model: remembered from an earlier visit, or measured in the background. */
export class Backends {
  readonly #open: OpenBackend;
  readonly #opened = new Map<BackendName, Promise<ComputeBackend>>();
  readonly #names: readonly BackendName[];
  readonly #store: Store;
  readonly #environment: Pick<Environment, 'clock' | 'delay' | 'yieldToEvents'>;
  readonly #failures: BackendFailures;
  /** Several tasks may run on what fails: that is one failure. */
  readonly #failed = new WeakSet<ComputeBackend>();

  constructor(
    open: OpenBackend,
    names: readonly BackendName[],
    store: Store,
    environment: Pick<Environment, 'clock' | 'delay' | 'yieldToEvents'>,
  ) {
    this.#open = open;
    this.#names = names;
    this.#store = store;
    this.#environment = environment;
    this.#failures = new BackendFailures(store, environment.clock);
  }

  open(name: BackendName): Promise<ComputeBackend> {
    const opened = this.#opened.get(name) ?? this.#open(name);
    this.#opened.set(name, opened);
    opened.catch(() => this.#opened.delete(name));
    return opened;
  }

  /** Gives back what no model runs on, a GPU device above all. */
  async closeAllBut(used: ReadonlySet<ComputeBackend>): Promise<void> {
    for (const [name, opening] of this.#opened) {
      const backend = await opening;
      if (used.has(backend)) continue;
      this.#opened.delete(name);
      backend.dispose();
    }
  }

  /** The backend cannot be gone on with. @param isFatal whether opening it anew would not help @returns whether that was not known yet */
  async failed(backend: ComputeBackend, reason: string, isFatal: boolean): Promise<boolean> {
    if (this.#failed.has(backend)) return false;
    this.#failed.add(backend);
    await this.forget(backend);
    await this.#failures.add(backend.name, reason, isFatal);
    return true;
  }

  /** It must be opened anew by whoever wants it. */
  async forget(backend: ComputeBackend): Promise<void> {
    const { name } = backend;
    const opened = await this.#opened.get(name)?.catch(() => null);
    if (opened === backend) this.#opened.delete(name);
  }

  /** What was asked for and has not failed lately; the cpu where that is nothing. */
  async #usable(): Promise<readonly BackendName[]> {
    const usable: BackendName[] = [];
    for (const name of this.#names) if ((await this.#failures.of(name)) === null) usable.push(name);
    return usable.length > 0 ? usable : ['cpu'];
  }

  /** What serves at once: the pinned or remembered backend, or else the cpu until the rest is measured. */
  async first(spec: NetworkSpec): Promise<ChosenBackend> {
    const names = await this.#usable();
    const [pinned, ...others] = names;
    if (pinned && others.length === 0) {
      const why =
        this.#names.includes(pinned) && this.#names.length === 1
          ? 'the only backend that was asked for'
          : 'what else was asked for has failed lately';
      return { backend: await this.open(pinned), status: settled(pinned, why) };
    }
    const remembered = await this.#remembered(spec, names);
    if (remembered) return remembered;
    const backend = await this.open('cpu');
    return {
      backend,
      status: { serving: 'cpu', why: 'serves until the backends are measured', settled: false, probe: null },
    };
  }

  /** For a model that has no network: it runs in typed arrays, whatever was asked for. */
  async host(): Promise<ChosenBackend> {
    return { backend: await this.open('cpu'), status: settled('cpu', 'this model has no network to accelerate') };
  }

  async #remembered(spec: NetworkSpec, names: readonly BackendName[]): Promise<ChosenBackend | null> {
    const stored = await this.#store.setting(settingKey(spec, names));
    const parsed = v.safeParse(rememberedChoice, stored);
    if (!parsed.success) return null;
    const { chosen, why, results } = parsed.output;
    try {
      const backend = await this.open(chosen);
      const sameDevice = results.some((result) => result.backend === chosen && result.deviceKey === backend.deviceKey);
      if (!sameDevice) return null;
      // The stored value was written by this file; the fields that matter were checked above.
      return { backend, status: { ...settled(chosen, `remembered: ${why}`), probe: stored as ProbeReport } };
    } catch {
      // The remembered backend is gone from this device: measure again.
      return null;
    }
  }

  /** Times this model on every backend, in the background, and remembers the answer. */
  async measure(spec: NetworkSpec, state: NetworkState): Promise<ChosenBackend> {
    const { clock, delay, yieldToEvents } = this.#environment;
    const names = await this.#usable();
    const probe = await probeBackends({
      names,
      open: (name) => this.open(name),
      spec,
      state,
      clock,
      delay,
      yieldToEvents,
    });
    await this.#store.putSetting(settingKey(spec, names), probe);
    return { backend: await this.open(probe.chosen), status: { ...settled(probe.chosen, probe.why), probe } };
  }

  /** After `failed` failed: the next best that opens, the fastest measured one first. @throws BACKEND_UNAVAILABLE when none does */
  async fallback(failed: BackendName, reason: string, probe: ProbeReport | null): Promise<ChosenBackend> {
    for (const name of nextBest(failed, probe)) {
      if ((await this.#failures.of(name)) !== null) continue;
      try {
        return { backend: await this.open(name), status: settled(name, `${failed} failed: ${reason}`) };
      } catch (caught) {
        if (name === 'cpu') throw asTendrilError(caught);
      }
    }
    throw new TendrilError('BACKEND_UNAVAILABLE', { backend: failed, reason });
  }
}

function settingKey(spec: NetworkSpec, names: readonly BackendName[]): string {
  return `probe/${shapeKey(spec)}/${[...names].sort().join('+')}`;
}

/** By what was measured, and then from the most to the least capable; the cpu is always there. */
function nextBest(failed: BackendName, probe: ProbeReport | null): BackendName[] {
  const timed = (probe?.results ?? []).flatMap(({ backend, predictMs, learnMs }) =>
    predictMs === null || learnMs === null ? [] : [{ backend, totalMs: predictMs + learnMs }],
  );
  const measured = timed.sort((a, b) => a.totalMs - b.totalMs).map(({ backend }) => backend);
  return [...new Set<BackendName>([...measured, 'wasm', 'cpu'])].filter((name) => name !== failed);
}

function settled(serving: BackendName, why: string): BackendStatus {
  return { serving, why, settled: true, probe: null };
}
