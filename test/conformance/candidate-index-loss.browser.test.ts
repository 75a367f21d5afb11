import { afterEach, describe, expect, it } from 'vitest';
import type { CandidateIndex, CandidateStorage } from '../../src/compute/candidate-index/candidate-index.ts';
import { createCandidateIndex } from '../../src/compute/candidate-index/create-candidate-index.ts';
import { probeSearch, type SearchReport } from '../../src/compute/candidate-index/search-probe.ts';
import { measureSearch } from '../../src/compute/candidate-index/search-timing.ts';
import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { openWebGpuBackend } from '../../src/compute/webgpu/webgpu-backend.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Rng } from '../../src/core/rng.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { RetrievalStore } from '../../src/memory/retrieval/retrieval-store.ts';
import { Backends } from '../../src/runtime/backends.ts';
import { IndexKeeper, type DisposableNearest } from '../../src/runtime/item-index/index-keeper.ts';
import { nextMacrotask } from '../../src/runtime/next-macrotask.ts';
import { randomRows } from './candidate-index-reference.ts';
import { watchedGpu, type WatchedGpu } from './compute-watched-gpu.ts';

const FEATURES = 16;
const failed = expect.objectContaining({ code: 'COMPUTE_FAILED' });
const forever = (): Promise<never> => new Promise(() => undefined);
const opened: ComputeBackend[] = [];
afterEach(() => {
  for (const backend of opened.splice(0)) backend.dispose();
});

async function openWatched(): Promise<{ backend: ComputeBackend; watched: WatchedGpu }> {
  const watched = watchedGpu(navigator.gpu);
  const backend = await openWebGpuBackend(watched.gpu);
  opened.push(backend);
  return { backend, watched };
}

type Operation = (index: CandidateIndex, rows: Float32Array) => Promise<unknown>;
const operations: readonly (readonly [string, Operation])[] = [
  ['adding rows that there is room for', (index, rows) => index.add(rows.subarray(0, 8 * FEATURES))],
  ['adding rows that need more buffers', (index, rows) => index.add(rows)],
  ['replacing rows', (index, rows) => index.replace([0, 1, 900], rows.subarray(0, 3 * FEATURES))],
  ['a search', (index, rows) => index.search(rows.subarray(0, FEATURES), 10)],
  ['a search of several queries', (index, rows) => index.search(rows.subarray(0, 9 * FEATURES), 100)],
];
/** Jobs that are done between the call and the loss. */
const moments = [0, 1, 3, 8];

describe.each(['float32', 'int8'] as const)('a GPU that is lost in the middle of', (storage: CandidateStorage) => {
  it.each(operations)(`%s (${storage})`, async (_, operation) => {
    const rows = randomRows(Rng.fromSeed(1), 4000, FEATURES);
    for (const moment of moments) {
      const { backend, watched } = await openWatched();
      const index = await createCandidateIndex({ features: FEATURES, storage }, backend);
      await index.add(rows.subarray(0, 1000 * FEATURES));
      const pending = operation(index, rows);
      const behind = index.search(rows.subarray(0, FEATURES), 1);
      const all = Promise.allSettled([pending, behind]);
      for (let job = 0; job < moment; job++) await Promise.resolve();
      watched.device().destroy();
      for (const settled of await all) expect(settled).toEqual({ status: 'rejected', reason: failed });
      await backend.lost;
      for (const [, again] of operations) await expect(again(index, rows)).rejects.toEqual(failed);
      await expect(index.remove([0])).rejects.toEqual(failed);
      index.dispose();
      expect(index.memory().deviceBytes).toBe(0);
    }
  });
});

describe('a GPU that is lost while a search is timed', () => {
  const shape = { features: FEATURES, count: 20_000, k: 64 };
  const storages = ['int8', 'float32'] as const;

  /** Destroys the device when so many programs were run on it. @param jobs that are done first: what is asked of it next is under way by then */
  function destroyAt(watched: WatchedGpu, dispatches: number, jobs = 0): () => Promise<void> {
    const destroy = async () => {
      for (let job = 0; job < jobs; job++) await Promise.resolve();
      watched.device().destroy();
    };
    return async () => {
      await nextMacrotask();
      if (watched.dispatches() >= dispatches) void destroy();
    };
  }

  it.each([
    [0, 0],
    [0, 3],
    [1, 0],
    [10, 4],
    [25, 8],
  ])('is out (after %i programs and %i jobs)', async (dispatches, jobs) => {
    const { backend, watched } = await openWatched();
    const yieldToEvents = destroyAt(watched, dispatches, jobs);
    const stopwatch = { clock: systemClock, yieldToEvents, isAbandoned: () => false };
    await expect(measureSearch(backend, shape, storages, stopwatch)).rejects.toEqual(failed);
  });

  it('leaves the choice to the others', async () => {
    const { backend, watched } = await openWatched();
    const report = await probeSearch({
      ...{ shape, storages, clock: systemClock, names: ['webgpu', 'wasm'], delay: forever },
      open: (name) => (name === 'webgpu' ? Promise.resolve(backend) : openBackend(name)),
      yieldToEvents: destroyAt(watched, 20),
    });
    expect(report.chosen).toBe('wasm');
    expect(report.results[0]).toMatchObject({ backend: 'webgpu', available: false, searches: [] });
    expect(report.results[0]?.reason).toContain('A computation failed on backend "webgpu"');
  });
});

describe('a retrieval whose items are on a GPU that is lost', () => {
  const COUNT = 2100;
  const SIZE = 512;
  const space = { name: 'test', size: SIZE, version: '1' };

  function filledStore(): RetrievalStore {
    const store = new RetrievalStore({ space });
    for (let n = 0; n < COUNT; n++) {
      const item = { id: `i${n}`, answer: n, features: {}, ...described(n) };
      store.apply({ kind: 'added', eventId: `e${n}`, atMs: n, source: 'test', item });
    }
    return store;
  }

  function described(seed: number) {
    return { embedding: { spaceId: `test@1/${SIZE}`, vector: [...randomRows(Rng.fromSeed(seed), 1, SIZE)] } };
  }

  const searched = {
    searches: [{ storage: 'int8' as const, searchMs: 1, measuredCount: 1 }],
    available: true,
    reason: null,
  };
  async function start() {
    const { backend, watched } = await openWatched();
    const settings = new MemoryStore();
    const report: SearchReport = {
      ...{ chosen: 'webgpu', storage: 'int8', why: 'measured', shapeKey: '', measuredAtMs: systemClock.nowMs() },
      results: [
        { ...searched, backend: 'webgpu', deviceKey: backend.deviceKey },
        {
          ...searched,
          backend: 'wasm',
          deviceKey: 'wasm:simd:fused',
          searches: [{ ...searched.searches[0]!, searchMs: 2 }],
        },
      ],
    };
    await settings.putSetting('probe/top-64/4096-512/float32+int8/cpu+wasm+webgpu', report);
    const environment = { clock: systemClock, delay: forever, yieldToEvents: nextMacrotask };
    const open = (name: BackendName) => (name === 'webgpu' ? Promise.resolve(backend) : openBackend(name));
    const backends = new Backends(open, ['webgpu', 'wasm'], settings, environment);
    const errors: unknown[] = [];
    const keeper = new IndexKeeper({
      ...{ backends, environment, store: settings, isBusy: () => false, onChanged: () => undefined },
      onError: (caught) => errors.push(caught),
      inBackground: (work) => work.then(() => undefined),
    });
    const store = filledStore();
    const model = {
      items: store.itemVectors(),
      useNearest: (nearest: DisposableNearest | null) => {
        store.useNearest(nearest);
      },
    };
    const until = async (isSo: () => boolean) => {
      for (let look = 0; look < 2000 && !isSo(); look++) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(isSo()).toBe(true);
    };
    const isServing = (on: BackendName) => keeper.status?.backend === on && keeper.status.serving;
    const ask = async (seed: number) => {
      const query = described(seed);
      expect(await store.find(query, 5, 1e6)).toEqual(store.search(query, 5, 1e6));
    };
    const destroy = () => {
      watched.device().destroy();
    };
    return { keeper, model, settings, errors, until, isServing, ask, destroy, tend: () => keeper.tend(model) };
  }

  it('in the middle of a search is answered, and goes on in the next best place', async () => {
    const { tend, until, isServing, ask, destroy, errors, settings, keeper } = await start();
    tend();
    await until(() => isServing('webgpu'));
    await ask(-1);
    const asked = [ask(-2), ask(-3)];
    destroy();
    await Promise.all(asked);
    expect(keeper.status).toBeNull();
    await ask(-4);
    tend();
    await until(() => isServing('wasm'));
    await ask(-5);
    expect(errors).toEqual([failed]);
    expect(await settings.setting('backend-failures')).toMatchObject({ webgpu: { strikes: 1 } });
  });

  it('while it is being filled is answered, and goes on in the next best place', async () => {
    const { tend, until, isServing, ask, destroy, errors, keeper } = await start();
    tend();
    await until(() => keeper.status !== null);
    expect(isServing('webgpu')).toBe(false);
    const asked = ask(-1);
    destroy();
    await asked;
    await until(() => keeper.status === null);
    tend();
    await ask(-2);
    await until(() => isServing('wasm'));
    await ask(-3);
    expect(errors).toEqual([failed]);
  });
});
