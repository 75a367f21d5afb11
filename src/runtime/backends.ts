import * as v from 'valibot';
import type { BackendName, ComputeBackend, NetworkSpec, NetworkState, OpenBackend } from '../compute/compute.ts';
import { probeBackends, shapeKey, type ProbeReport } from '../compute/probe/probe.ts';
import { splitBackend } from '../compute/split-backend.ts';
import { SerialQueue } from '../core/serial-queue.ts';
import { asTendrilError, TendrilError } from '../errors.ts';
import type { Store } from '../memory/store.ts';
import type { BackendStatus } from '../protocol/messages.ts';
import { BackendFailures } from './backend-failures.ts';
import type { Environment } from './environment.ts';

/** What a remembered probe must still have to be believed; the rest of it is shown, not used. */
const rememberedChoice = v.looseObject({
  chosen: v.picklist(['webgpu', 'wasm', 'cpu']),
  /** Not there where it was measured before two could be chosen. */
  learning: v.optional(v.picklist(['webgpu', 'wasm', 'cpu'])),
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
  /** What predicts and what learns, of two that are used as one. */
  readonly #pairs = new WeakMap<ComputeBackend, readonly [predict: ComputeBackend, learn: ComputeBackend]>();
  readonly #lost = new WeakSet<ComputeBackend>();
  /** How many need it for something else than a model. */
  readonly #held = new Map<BackendName, number>();
  /** One at a time: two would disturb each other. */
  readonly measuring = new SerialQueue();

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
    const known = this.#opened.get(name);
    if (known) return known;
    const opened = this.#open(name);
    this.#opened.set(name, opened);
    opened.then(
      (backend) => backend.lost.then(() => this.#lost.add(backend)),
      () => this.#opened.delete(name),
    );
    return opened;
  }

  async #openBoth(predict: BackendName, learn: BackendName): Promise<ComputeBackend> {
    const pair = [await this.open(predict), await this.open(learn)] as const;
    const backend = splitBackend(...pair);
    if (backend !== pair[0]) this.#pairs.set(backend, pair);
    return backend;
  }

  /** The same again, after it was closed. */
  reopen(backend: ComputeBackend): Promise<ComputeBackend> {
    const [predict, learn] = this.#partsOf(backend);
    return this.#openBoth(predict.name, learn.name);
  }

  #partsOf(backend: ComputeBackend): readonly [ComputeBackend, ComputeBackend] {
    return this.#pairs.get(backend) ?? [backend, backend];
  }

  /** Keeps these open for something that is no model. @returns ends that */
  hold(names: readonly BackendName[]): () => void {
    const count = (by: 1 | -1) => {
      for (const name of names) this.#held.set(name, (this.#held.get(name) ?? 0) + by);
    };
    count(1);
    let isHeld = true;
    return () => {
      if (isHeld) count(-1);
      isHeld = false;
    };
  }

  /** Gives back what no model runs on and nobody holds, a GPU device above all. */
  async closeAllBut(backends: readonly ComputeBackend[]): Promise<void> {
    const used = new Set(backends.flatMap((backend) => this.#partsOf(backend)));
    for (const [name, opening] of this.#opened) {
      const backend = await opening;
      if (used.has(backend) || (this.#held.get(name) ?? 0) > 0) continue;
      this.#opened.delete(name);
      backend.dispose();
    }
  }

  /** The backend cannot be gone on with. @param isFatal whether opening it anew would not help @returns the names of what has failed: of two the one that is lost */
  async failed(backend: ComputeBackend, reason: string, isFatal: boolean): Promise<BackendName[]> {
    const parts = [...new Set(this.#partsOf(backend))];
    const lost = parts.filter((part) => this.#lost.has(part));
    const faulty = lost.length > 0 ? lost : parts.filter(({ name }) => name !== 'cpu' || parts.length === 1);
    for (const part of faulty) {
      if (this.#failed.has(part)) continue;
      this.#failed.add(part);
      await this.#forget(part);
      await this.#failures.add(part.name, reason, isFatal);
    }
    return faulty.map(({ name }) => name);
  }

  /** It must be opened anew by whoever wants it. */
  async #forget(backend: ComputeBackend): Promise<void> {
    const { name } = backend;
    const opened = await this.#opened.get(name)?.catch(() => null);
    if (opened === backend) this.#opened.delete(name);
  }

  /** Whether its device is gone, so that it has to be opened anew. */
  isLost(backend: ComputeBackend): boolean {
    return this.#lost.has(backend);
  }

  /** What was asked for and has not failed lately; the cpu where that is nothing. */
  async usable(): Promise<readonly BackendName[]> {
    const usable: BackendName[] = [];
    for (const name of this.#names) if ((await this.#failures.of(name)) === null) usable.push(name);
    return usable.length > 0 ? usable : ['cpu'];
  }

  /** What serves at once: the pinned or remembered backend, or else the cpu until the rest is measured. */
  async first(spec: NetworkSpec): Promise<ChosenBackend> {
    const names = await this.usable();
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
    const { chosen, learning = chosen, why, results } = parsed.output;
    try {
      const backend = await this.#openBoth(chosen, learning);
      const isSame = ({ name, deviceKey }: ComputeBackend) =>
        results.some((result) => result.backend === name && result.deviceKey === deviceKey);
      if (!this.#partsOf(backend).every(isSame)) return null;
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
    const names = await this.usable();
    const open: OpenBackend = (name) => this.open(name);
    const probe = await this.measuring.run(() =>
      probeBackends({ names, open, spec, state, clock, delay, yieldToEvents }),
    );
    await this.#store.putSetting(settingKey(spec, names), probe);
    const backend = await this.#openBoth(probe.chosen, probe.learning);
    return { backend, status: { ...settled(probe.chosen, probe.why), probe } };
  }

  /** After `failed` has failed: the next best that opens, the fastest measured one first. @throws BACKEND_UNAVAILABLE when none does */
  async fallback(failed: readonly BackendName[], reason: string, probe: ProbeReport | null): Promise<ChosenBackend> {
    const names = failed.join(', ');
    for (const name of nextBest(failed, probe)) {
      if ((await this.#failures.of(name)) !== null) continue;
      try {
        return { backend: await this.open(name), status: settled(name, `${names} failed: ${reason}`) };
      } catch (caught) {
        if (name === 'cpu') throw asTendrilError(caught);
      }
    }
    throw new TendrilError('BACKEND_UNAVAILABLE', { backend: names, reason });
  }
}

function settingKey(spec: NetworkSpec, names: readonly BackendName[]): string {
  return `probe/${shapeKey(spec)}/${[...names].sort().join('+')}`;
}

/** By what was measured, and then from the most to the least capable; the cpu is always there. */
function nextBest(failed: readonly BackendName[], probe: ProbeReport | null): BackendName[] {
  const timed = (probe?.results ?? []).flatMap(({ backend, predictMs, learnMs }) =>
    predictMs === null ? [] : [{ backend, totalMs: predictMs + learnMs }],
  );
  const measured = timed.sort((a, b) => a.totalMs - b.totalMs).map(({ backend }) => backend);
  return [...new Set<BackendName>([...measured, 'wasm', 'cpu'])].filter((name) => !failed.includes(name));
}

function settled(serving: BackendName, why: string): BackendStatus {
  return { serving, why, settled: true, probe: null };
}
