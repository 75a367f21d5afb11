import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CandidateIndex, CandidateStorage } from '../../src/compute/candidate-index/candidate-index.ts';
import { createCandidateIndex } from '../../src/compute/candidate-index/create-candidate-index.ts';
import { Rng } from '../../src/core/rng.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { RetrievalEvent } from '../../src/memory/retrieval/retrieval-event.ts';
import { RetrievalStore } from '../../src/memory/retrieval/retrieval-store.ts';
import { ItemIndex } from '../../src/runtime/item-index/item-index.ts';
import { MovableClock } from '../support/movable-clock.ts';

const SIZE = 8;
const space = { name: 'test', version: '1', size: SIZE };
const spaceId = 'test@1/8';
const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const forever = (): Promise<never> => new Promise(() => undefined);

type Action = Omit<RetrievalEvent, 'eventId' | 'atMs' | 'source'>;

interface StoreOptions {
  readonly count: number;
  readonly budgetItems?: number;
  /** Whether vectors come in clusters, of which some have one vector for all. */
  readonly hasTies?: boolean;
}

/** A store of random vectors that takes random events. */
function randomStore(seed: number, options: StoreOptions) {
  const rng = Rng.fromSeed(seed);
  const store = new RetrievalStore({
    space,
    ...(options.budgetItems && { budgetBytes: options.budgetItems * 250 }),
  });
  const middles = Array.from({ length: 12 }, () => gaussian());
  function gaussian() {
    return Array.from({ length: SIZE }, () => rng.nextGaussian());
  }
  const vector = () => {
    if (!options.hasTies) return gaussian();
    const cluster = rng.nextInt(middles.length);
    const spread = [0, 0.001, 0.3][cluster % 3]!;
    return middles[cluster]!.map((value) => value + spread * rng.nextGaussian());
  };
  const described = () => ({ embedding: { spaceId, vector: vector() } });
  let events = 0;
  const apply = (action: Action) => {
    events++;
    store.apply({ ...action, eventId: `e${events}`, atMs: events * 1000, source: 'test' } as never);
  };
  const anyId = () => `i${rng.nextInt(options.count + 50)}`;
  const item = (id: string) => ({ id, answer: id, features: {}, ...described() });
  const change = () => {
    const itemId = anyId();
    const query = described();
    const kind = rng.nextInt(10);
    if (kind < 4) apply({ kind: 'added', item: item(itemId) } as Action);
    else if (kind < 6) apply({ kind: 'removed', itemId } as Action);
    else if (kind < 8) apply({ kind: kind === 6 ? 'up' : 'down', itemId, query } as Action);
    else if (kind === 8) apply({ kind: 'corrected', query, rejectedId: null, accepted: { itemId } } as Action);
    else apply({ kind: 'corrected', query, rejectedId: itemId, accepted: { item: item(anyId()) } } as Action);
  };
  for (let i = 0; i < options.count; i++) apply({ kind: 'added', item: item(`i${i}`) } as Action);
  return { store, rng, change, described, now: () => events * 1000 };
}

async function indexed(store: RetrievalStore, candidates: CandidateIndex, parts: { clock?: MovableClock } = {}) {
  const seen = { near: 0, none: 0, searches: 0, failed: [] as unknown[] };
  let onFilled: () => void = () => undefined;
  const filled = new Promise<void>((resolve) => (onFilled = resolve));
  const index = new ItemIndex({
    ...{ index: candidates, items: store.itemVectors(), clock: systemClock },
    delay: parts.clock?.delay ?? forever,
    yieldToEvents: macrotask,
    onSearched: () => seen.searches++,
    onFilled: () => onFilled(),
    onFailed: (caught) => seen.failed.push(caught),
  });
  store.useNearest({
    changed: (slot) => index.changed(slot),
    async nearest(...asked) {
      const near = await index.nearest(...asked);
      seen[near ? 'near' : 'none']++;
      return near;
    },
  });
  return { index, seen, filled };
}

const wasm = (storage: CandidateStorage) => createCandidateIndex({ features: SIZE, storage }, { name: 'wasm' });

/** An index whose searches end when the test says so. */
async function slowIndex() {
  const inner = await wasm('float32');
  const gates: (() => void)[] = [];
  const index: CandidateIndex = Object.create(inner, {
    count: { get: () => inner.count },
    memory: { value: () => inner.memory() },
    add: { value: (...given: Parameters<CandidateIndex['add']>) => inner.add(...given) },
    replace: { value: (...given: Parameters<CandidateIndex['replace']>) => inner.replace(...given) },
    remove: { value: (...given: Parameters<CandidateIndex['remove']>) => inner.remove(...given) },
    dispose: { value: () => inner.dispose() },
    search: {
      value: async (...given: Parameters<CandidateIndex['search']>) => {
        const hits = inner.search(...given);
        await new Promise<void>((resolve) => gates.push(resolve));
        return hits;
      },
    },
    features: { value: inner.features },
    storage: { value: inner.storage },
  }) as CandidateIndex;
  return { index, open: () => gates.splice(0).forEach((gate) => gate()), waiting: () => gates.length };
}

describe('an index of items', () => {
  it.each(['float32', 'int8', 'float16'] as const)(
    'gives what a look at all items gives, to the bit, whatever is added, replaced, removed, evicted or said (%s)',
    (storage) =>
      fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), fc.boolean(), async (seed, isTight) => {
          const { store, rng, change, described, now } = randomStore(seed, {
            ...{ count: 1400, hasTies: true },
            ...(isTight && { budgetItems: 1380 }),
          });
          const { index, seen, filled } = await indexed(store, await wasm(storage));
          await filled;
          for (let step = 0; step < 60; step++) {
            for (let n = rng.nextInt(12); n > 0; n--) change();
            if (rng.nextInt(2) === 0) await macrotask();
            const [query, k] = [described(), 1 + rng.nextInt(12)];
            const expected = store.search(query, k, now());
            expect(await store.find(query, k, now())).toEqual(expected);
          }
          expect(seen.failed).toEqual([]);
          expect(seen.near).toBeGreaterThan(40);
          index.dispose();
        }),
        { numRuns: 6, seed: 1 },
      ),
    60_000,
  );

  it('answers what is true when it answers, where something changes meanwhile', async () => {
    const { store, change, described, now } = randomStore(2, { count: 1400 });
    const slow = await slowIndex();
    const { filled } = await indexed(store, slow.index);
    await filled;
    for (let step = 0; step < 20; step++) {
      const query = described();
      const found = store.find(query, 5, 1e9);
      expect(slow.waiting()).toBe(1);
      for (let n = 0; n < 40; n++) change();
      await macrotask();
      slow.open();
      expect(await found).toEqual(store.search(query, 5, 1e9));
    }
    expect(now()).toBe(1000 * (1400 + 20 * 40));
  });

  it('looks at more where rounded scores leave it open, and at all where they always do', async () => {
    const { store, described, now } = randomStore(3, { count: 3000, hasTies: true });
    const { seen, filled } = await indexed(store, await wasm('int8'));
    await filled;
    for (let step = 0; step < 30; step++) {
      const query = described();
      expect(await store.find(query, 5, now())).toEqual(store.search(query, 5, now()));
    }
    // A third of the clusters has one vector for 250 items, another one nearly.
    expect(seen.near).toBeGreaterThan(30);
  });

  it('that is exact, and has equals of the last beyond its border, does not decide which of them is found', async () => {
    const { store, described, now } = randomStore(9, { count: 1200, hasTies: true });
    const items = store.itemVectors();
    const dot = (query: Float32Array, slot: number) =>
      store
        .itemVectors()
        .at(slot)!
        .reduce((sum, x, i) => sum + x * query[i]!, 0);
    const asked: number[] = [];
    store.useNearest({
      changed: () => undefined,
      nearest: (query, count) => {
        asked.push(count);
        const ranked = [...items.slots()].map((slot) => ({ slot, score: dot(query, slot) }));
        // Of equals the last first: the other way round than they are found.
        ranked.sort((a, b) => b.score - a.score || b.slot - a.slot);
        const restAtMost = ranked[count]?.score ?? -Infinity;
        return Promise.resolve({ slots: ranked.slice(0, count).map(({ slot }) => slot), restAtMost });
      },
    });
    for (let step = 0; step < 30; step++) {
      const query = described();
      expect(await store.find(query, 5, now())).toEqual(store.search(query, 5, now()));
    }
    expect([...new Set(asked)].sort((a, b) => a - b)).toEqual([37, 133]);
    expect(await store.find(described(), 0, now())).toEqual([]);
    expect(await store.find(described(), 1200, now())).toHaveLength(1200);
  });

  it('does not answer before it is filled, nor while it lacks much', async () => {
    const { store, change, described, now } = randomStore(4, { count: 3000 });
    const { index, seen, filled } = await indexed(store, await wasm('float32'));
    const ask = async () => {
      const query = described();
      expect(await store.find(query, 3, now())).toEqual(store.search(query, 3, now()));
      return seen.searches;
    };
    expect([index.isFilled, await ask()]).toEqual([false, 0]);
    await filled;
    expect([index.isFilled, await ask()]).toEqual([true, 1]);
    for (let n = 0; n < 2000; n++) change();
    expect(await ask()).toBe(1);
    for (let turn = 0; turn < 20; turn++) await macrotask();
    expect(await ask()).toBe(2);
    expect(index.bytes).toBeGreaterThan(2000 * SIZE * 4);
    index.dispose();
    expect([index.bytes, await ask()]).toEqual([0, 2]);
  });

  it('answers in time where a search hangs, and uses the index again when that is over', async () => {
    const { store, described, now } = randomStore(5, { count: 1400 });
    const slow = await slowIndex();
    const clock = new MovableClock();
    const { seen, filled } = await indexed(store, slow.index, { clock });
    await filled;
    const query = described();
    const first = store.find(query, 3, now());
    clock.move(20);
    expect(await first).toEqual(store.search(query, 3, now()));
    // While it hangs, nobody waits for another one.
    expect(await store.find(query, 3, now())).toEqual(store.search(query, 3, now()));
    expect([slow.waiting(), seen.searches, seen.near]).toEqual([1, 0, 0]);
    slow.open();
    await macrotask();
    const second = store.find(query, 3, now());
    expect(slow.waiting()).toBe(1);
    slow.open();
    await second;
    expect([seen.searches, seen.near]).toEqual([2, 1]);
  });

  it('lets go of everything when it fails, says so once, and every question is answered', async () => {
    const { store, change, described, now } = randomStore(6, { count: 1400 });
    const inner = await wasm('float32');
    const { index, seen, filled } = await indexed(store, inner);
    await filled;
    inner.dispose();
    const query = described();
    expect(await store.find(query, 3, now())).toEqual(store.search(query, 3, now()));
    expect(await store.find(query, 3, now())).toEqual(store.search(query, 3, now()));
    for (let n = 0; n < 10; n++) change();
    await macrotask();
    expect(seen.failed).toEqual([expect.objectContaining({ code: 'COMPUTE_FAILED' })]);
    expect([index.isFilled, index.bytes]).toEqual([false, 0]);
  });

  it('that computes nonsense is found out', async () => {
    const { store, described, now } = randomStore(10, { count: 1400 });
    const inner = await wasm('float32');
    const { seen, filled } = await indexed(store, inner);
    await filled;
    const search = inner.search.bind(inner);
    inner.search = async (...given) => {
      const hits = await search(...given);
      return { ...hits, scores: hits.scores.map((score) => 1.01 * score) };
    };
    const query = described();
    expect(await store.find(query, 3, now())).toEqual(store.search(query, 3, now()));
    expect(seen.failed).toEqual([expect.objectContaining({ code: 'COMPUTE_FAILED' })]);
  });

  it('follows a store that is restored', async () => {
    const { store, described, now } = randomStore(7, { count: 1400 });
    const other = randomStore(8, { count: 1500 });
    const { seen, filled } = await indexed(store, await wasm('float32'));
    await filled;
    store.restore(other.store.state());
    for (let turn = 0; turn < 20; turn++) await macrotask();
    for (let step = 0; step < 10; step++) {
      const query = described();
      const found = await store.find(query, 5, now());
      expect(found).toEqual(other.store.search(query, 5, now()));
    }
    expect(seen.near).toBeGreaterThan(5);
  });
});
