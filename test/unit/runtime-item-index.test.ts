import { describe, expect, it, vi } from 'vitest';
import { HostCandidateIndex } from '../../src/compute/candidate-index/host-candidate-index.ts';
import type { SearchReport } from '../../src/compute/candidate-index/search-probe.ts';
import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { Rng } from '../../src/core/rng.ts';
import type { RetrievalTask } from '../../src/core/task.ts';
import { TendrilError } from '../../src/errors.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { Backends } from '../../src/runtime/backends.ts';
import { IndexKeeper, type DisposableNearest } from '../../src/runtime/item-index/index-keeper.ts';
import { HIDDEN_AFTER_MS } from '../../src/versions/learning-plan.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { errorCodes, startNodeWorker, valueOf } from '../support/node-worker.ts';

const SIZE = 512;
const COUNT = 2100;
const KEY = 'probe/top-64/4096-512/float32+int8/cpu+wasm';
const embedding = { type: 'page', name: 'test', size: SIZE, version: '1' } as const;
const forever = (): Promise<never> => new Promise(() => undefined);
const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function vectors(count: number, seed: number): Float32Array[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, () => Float32Array.from({ length: SIZE }, () => rng.nextGaussian() / 22));
}
const [query] = vectors(1, 2);

/** Items as a store has them; of few vectors, so that many are made soon. */
function itemsOf(count: number) {
  const few = vectors(100, 1);
  return {
    ...{ size: SIZE, count },
    *slots() {
      for (let slot = 0; slot < this.count; slot++) yield slot;
    },
    at: (slot: number) => few[slot % few.length]!,
  };
}

/** What an earlier visit has measured. */
const remembered: SearchReport = {
  ...{ chosen: 'wasm', storage: 'int8', why: 'measured', shapeKey: 'top-64/4096-512/float32+int8', measuredAtMs: 1 },
  results: [
    { ...{ backend: 'wasm', deviceKey: 'wasm:simd:fused' }, ...searched(0.1, 0.2) },
    { ...{ backend: 'cpu', deviceKey: 'cpu' }, ...searched(4, 3) },
  ],
};

function searched(int8Ms: number, float32Ms: number) {
  const one = (storage: 'int8' | 'float32', searchMs: number) => ({ storage, searchMs, measuredCount: 4096 });
  return { available: true, reason: null, searches: [one('int8', int8Ms), one('float32', float32Ms)] };
}

async function rememberedIn(results = remembered.results): Promise<MemoryStore> {
  const settings = new MemoryStore();
  for (const count of [4096, 16_384, 65_536])
    await settings.putSetting(KEY.replace('4096', `${count}`), { ...remembered, results });
  return settings;
}

const names: readonly BackendName[] = ['wasm', 'cpu'];

/** A worker's part of it; another visit has the same `settings`. */
function visit(settings: MemoryStore, given: { open?: (name: BackendName) => Promise<ComputeBackend> } = {}) {
  const time = { ms: 0, stepMs: 0.01 };
  const errors: unknown[] = [];
  const wait: Promise<unknown>[] = [];
  const backends = new Backends(given.open ?? openBackend, names, settings, environment());
  function environment() {
    const monotonicMs = () => (time.ms += time.stepMs);
    return { clock: { nowMs: () => 1234, monotonicMs }, delay: forever, yieldToEvents: macrotask };
  }
  const world = { busy: false, changes: 0 };
  const keeper = new IndexKeeper({
    ...{ backends, store: settings, environment: environment() },
    isBusy: () => world.busy,
    onError: (caught) => errors.push(caught),
    onChanged: () => world.changes++,
    inBackground: async (work) => {
      wait.push(work);
      await work.catch((caught: unknown) => errors.push(caught));
    },
  });
  const model = (count = COUNT) => ({
    items: itemsOf(count),
    nearest: null as DisposableNearest | null,
    useNearest(nearest: DisposableNearest | null) {
      this.nearest = nearest;
    },
  });
  /** Until what was begun is done. */
  const settled = async () => {
    while (wait.length > 0) await wait.shift()?.catch(() => undefined);
    for (let turn = 0; turn < 200 && keeper.status && !keeper.status.serving; turn++) await macrotask();
  };
  return { keeper, backends, model, settled, time, errors, world };
}

async function report(settings: MemoryStore): Promise<SearchReport> {
  return (await settings.setting(KEY)) as SearchReport;
}

describe('an index is kept', () => {
  it('where the probe finds it the fastest, which is remembered for the next visit', async () => {
    const settings = new MemoryStore();
    const first = visit(settings);
    const model = first.model();
    first.keeper.tend(model);
    expect([first.keeper.status, first.keeper.bytes]).toEqual([null, 0]);
    await first.settled();
    const measured = await report(settings);
    expect(structuredClone(measured)).toEqual(measured);
    expect(measured).toMatchObject({ shapeKey: remembered.shapeKey, measuredAtMs: 1234 });
    expect(measured.results.map(({ backend, deviceKey }) => [backend, deviceKey])).toEqual([
      ['wasm', 'wasm:simd:fused'],
      ['cpu', 'cpu'],
    ]);
    for (const { searches } of measured.results) {
      expect(searches.map(({ storage, measuredCount }) => [storage, measuredCount])).toEqual([
        ['int8', 4096],
        ['float32', 4096],
      ]);
    }
    const { chosen, storage, why } = measured;
    expect(first.keeper.status).toEqual({ backend: chosen, storage, why, serving: true, bytes: first.keeper.bytes });
    expect(first.keeper.bytes).toBeGreaterThan(COUNT * SIZE);
    const second = visit(settings);
    second.keeper.tend(second.model());
    await second.settled();
    expect(second.keeper.status).toMatchObject({ backend: chosen, storage, serving: true });
    // A measurement would have asked for the time hundreds of times.
    expect(second.time.ms).toBe(0);
    expect([...first.errors, ...second.errors]).toEqual([]);
  }, 30_000);

  it('not where there are few items, and no longer when most are gone', async () => {
    const { keeper, model, settled } = visit(await rememberedIn());
    const one = model(2047);
    keeper.tend(one);
    await settled();
    expect([keeper.status, one.nearest]).toEqual([null, null]);
    one.items.count = 4 * 2047;
    keeper.tend(one);
    await settled();
    const { nearest } = one;
    expect(nearest).not.toBeNull();
    one.items.count = 2048;
    keeper.tend(one);
    expect(one.nearest).toBe(nearest);
    one.items.count = 2046;
    keeper.tend(one);
    expect([keeper.status, one.nearest]).toEqual([null, null]);
  });

  it('of the model that is searched, and of no other', async () => {
    const { keeper, model, settled } = visit(await rememberedIn());
    const [one, other] = [model(), model()];
    keeper.tend(one);
    keeper.tend(other);
    await settled();
    expect([keeper.status, one.nearest]).toEqual([null, null]);
    keeper.tend(other);
    await settled();
    expect(other.nearest).not.toBeNull();
    keeper.tend(one);
    expect([keeper.status, other.nearest]).toEqual([null, null]);
  });

  const elsewhere = remembered.results.map((one) => ({ ...one, deviceKey: `${one.deviceKey} of another adapter` }));
  const later = { ...remembered, measuredAtMs: 1234 - 31 * 86_400_000 };
  it.each([
    ['on another device', { ...remembered, results: elsewhere }],
    ['after a month', later],
    ['where something else is remembered', { ...remembered, results: 'none' }],
  ])('is measured again %s', async (_, stored) => {
    const settings = new MemoryStore();
    await settings.putSetting(KEY, stored);
    const { keeper, model, settled } = visit(settings);
    keeper.tend(model());
    await settled();
    expect(keeper.status?.serving).toBe(true);
    expect(await report(settings)).toMatchObject({
      measuredAtMs: 1234,
      results: [{ deviceKey: 'wasm:simd:fused' }, {}],
    });
  });

  it('is measured again, once, where searches take far longer than was measured', async () => {
    const settings = await rememberedIn();
    const { keeper, model, settled, time, world } = visit(settings);
    const one = model();
    keeper.tend(one);
    await settled();
    const search = async (times: number) => {
      for (let n = 0; n < times; n++) expect(await one.nearest?.nearest(query!, 3)).not.toBeNull();
      await settled();
      return (await report(settings)).measuredAtMs;
    };
    time.stepMs = 100;
    world.busy = true;
    expect(await search(200)).toBe(1);
    world.busy = false;
    expect(await search(191)).toBe(1);
    expect(await search(1)).toBe(1234);
    expect(keeper.status?.serving).toBe(true);
    await settings.putSetting(KEY, remembered);
    time.stepMs = 10_000;
    expect(await search(400)).toBe(1);
  }, 30_000);

  it('has another place looked for where there are four times as many items', async () => {
    const settings = await rememberedIn();
    await settings.putSetting(KEY.replace('4096', '16384'), { ...remembered, results: remembered.results.slice(1) });
    const { keeper, model, settled } = visit(settings);
    const one = model();
    keeper.tend(one);
    await settled();
    expect(keeper.status).toMatchObject({ backend: 'wasm', storage: 'int8' });
    const { nearest } = one;
    one.items.count = 4 * COUNT - 1;
    keeper.tend(one);
    await settled();
    expect(one.nearest).toBe(nearest);
    one.items.count = 4 * COUNT;
    keeper.tend(one);
    await settled();
    expect([keeper.status, one.nearest]).toEqual([null, null]);
    // Found out once, for up to four times as many again.
    const loads = vi.spyOn(settings, 'setting');
    one.items.count = 16 * COUNT - 1;
    keeper.tend(one);
    await settled();
    expect(loads).not.toHaveBeenCalled();
    one.items.count = 16 * COUNT;
    keeper.tend(one);
    await settled();
    expect(loads).toHaveBeenCalled();
  });

  it('that fails is gone, and is made in no place that is no faster than the cpu', async () => {
    const settings = await rememberedIn();
    const { keeper, model, settled, errors } = visit(settings);
    const one = model();
    keeper.tend(one);
    await settled();
    const failure = new TendrilError('COMPUTE_FAILED', { backend: 'wasm', reason: 'its memory is gone' });
    const search = vi.spyOn(HostCandidateIndex.prototype, 'search').mockRejectedValueOnce(failure);
    expect(await one.nearest?.nearest(query!, 3)).toBeNull();
    search.mockRestore();
    for (let n = 0; n < 3; n++) {
      expect([keeper.status, one.nearest]).toEqual([null, null]);
      keeper.tend(one);
      await settled();
    }
    expect(errors).toEqual([failure]);
    expect(await report(settings)).toMatchObject({ measuredAtMs: 1 });
  });

  it('is done without where items have numbers that no index takes', async () => {
    const { keeper, model, settled, errors } = visit(await rememberedIn());
    const one = model();
    const huge = new Float32Array(SIZE).fill(1e20);
    one.items.at = () => huge;
    for (let n = 0; n < 3; n++) {
      keeper.tend(one);
      await settled();
      await macrotask();
    }
    expect([keeper.status, one.nearest]).toEqual([null, null]);
    expect(errors).toEqual([expect.objectContaining({ code: 'INVALID_DATA' })]);
  });

  it('is done without where nothing can be opened, and that is tried once', async () => {
    let tries = 0;
    const open = (name: BackendName) => {
      tries++;
      return Promise.reject(new TendrilError('BACKEND_UNAVAILABLE', { backend: name, reason: 'none here' }));
    };
    const { keeper, model, settled, errors } = visit(new MemoryStore(), { open });
    const one = model();
    for (let n = 0; n < 3; n++) {
      keeper.tend(one);
      await settled();
    }
    expect([keeper.status, tries, errors.length]).toEqual([null, 2, 1]);
  });

  it('is given up when memory is wanted for something else, for now or for good', async () => {
    const { keeper, model, settled, backends } = visit(await rememberedIn());
    const one = model();
    const serving = async () => {
      keeper.tend(one);
      await settled();
      return keeper.status?.serving ?? false;
    };
    expect(await serving()).toBe(true);
    keeper.giveUp(true);
    expect([keeper.bytes, one.nearest, await serving()]).toEqual([0, null, false]);
    keeper.comeBack();
    expect(await serving()).toBe(true);
    // While it is used, its backend stays open.
    const { backend } = keeper.status!;
    const held = await backends.pool.open(backend);
    backends.pool.closeAllBut([]);
    expect(await backends.pool.open(backend)).toBe(held);
    keeper.giveUp(false);
    keeper.comeBack();
    expect(await serving()).toBe(false);
    backends.pool.closeAllBut([]);
    expect(await backends.pool.open(backend)).not.toBe(held);
  });
});

describe('a retrieval task with many items', () => {
  const help: RetrievalTask = { id: 'help', kind: 'retrieval', embedding };

  it('answers the same with an index as without, also after a restart, and lets go of it while hidden', async () => {
    const store = new MemoryStore();
    const clock = new MovableClock();
    const environment = {
      clock: { nowMs: () => clock.nowMs(), monotonicMs: () => performance.now() },
      delay: clock.delay,
      deviceFacts: () => ({ cores: 2, memoryGb: 4, saveData: null }),
    };
    const start = () => startNodeWorker({ store, tasks: [help], backend: 'wasm', environment });
    const { worker } = await start();
    const items = vectors(COUNT, 1).map((vector, n) => ({ id: `i${n}`, answer: n, embedding: [...vector] }));
    valueOf(await worker.addItems({ taskId: 'help', requestId: 'import', source: 'test', items }));
    valueOf(await worker.checkpoint('help'));
    const queries = vectors(12, 2);
    const ask = async (asked: typeof worker) => {
      const answers = [];
      for (const [n, vector] of queries.entries())
        answers.push(
          valueOf(
            await asked.retrieve({ taskId: 'help', decisionId: `d${n}`, query: { embedding: [...vector], count: 7 } }),
          ).items,
        );
      return answers;
    };
    const isServing = async (asked: typeof worker) => valueOf(await asked.status()).tasks.help?.index?.serving ?? false;
    const soon = async (asked: typeof worker) => {
      for (let look = 0; look < 1000 && !(await isServing(asked)); look++) await macrotask();
      return isServing(asked);
    };
    expect(await isServing(worker)).toBe(false);
    const before = await ask(worker);
    expect(await soon(worker)).toBe(true);
    expect(await ask(worker)).toEqual(before);
    await worker.hearDevice({ battery: null, charging: null, hidden: true });
    clock.move(HIDDEN_AFTER_MS);
    for (let turn = 0; turn < 50; turn++) await macrotask();
    expect(await ask(worker)).toEqual(before);
    expect(await isServing(worker)).toBe(false);
    await worker.hearDevice({ battery: null, charging: null, hidden: false });
    await macrotask();
    await ask(worker);
    expect(await soon(worker)).toBe(true);
    const again = await start();
    await ask(again.worker);
    expect(await soon(again.worker)).toBe(true);
    expect(await ask(again.worker)).toEqual(before);
    expect([...(await errorCodes(worker)), ...(await errorCodes(again.worker))]).toEqual([]);
  }, 60_000);
});
