import { Dexie } from 'dexie';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../src/memory/database.ts';
import { DexieStore } from '../../src/memory/dexie-store.ts';
import { digestOf } from '../../src/memory/id-runs.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { Store } from '../../src/memory/store.ts';
import { experienceRecord, rankingExperience } from '../support/records.ts';

Dexie.debug = false;

/** Two ids of one digest. */
const twins = ['e22246', 'e113085'] as const;

let databases = 0;
let namespace = '';
let store: DexieStore;
let database: Database;
beforeEach(async () => {
  namespace = `known-ids-${databases++}`;
  store = await DexieStore.open(namespace);
  database = new Database(namespace);
  await database.open();
});
afterEach(() => {
  vi.restoreAllMocks();
  store.close();
  database.close();
});

const many = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => rankingExperience(`e${first + index}`, `item ${first + index}`));

async function digests(): Promise<Record<number, number[]>> {
  const runs = (await database.digests.toArray()) as { run: number; digests: Uint32Array }[];
  return Object.fromEntries(runs.map(({ run, digests: ofRun }) => [run, [...ofRun]]));
}

async function reopen(): Promise<void> {
  store.close();
  store = await DexieStore.open(namespace);
}

describe('what is in the log', () => {
  it('is known by its id, not by the digest of it', async () => {
    expect(digestOf(twins[0])).toBe(digestOf(twins[1]));
    const [first, second] = twins.map((id) => experienceRecord(id)) as [ReturnType<typeof experienceRecord>, never];
    expect(await store.appendExperiences([first])).toEqual({ positions: [1], duplicates: 0 });
    expect(await store.appendExperiences([second, first, second])).toEqual({ positions: [2, 1, 2], duplicates: 2 });
    await reopen();
    expect(await store.appendExperiences([second, first])).toEqual({ positions: [2, 1], duplicates: 2 });
  });

  it('is known to who opens it later, over several runs', async () => {
    await store.appendExperiences(many(700));
    await store.appendExperiences(many(400, 700));
    await reopen();
    const again = [1099, 512, 511, 0].map((index) => rankingExperience(`e${index}`, 'again'));
    expect(await store.appendExperiences([...again, ...many(1, 1100)])).toEqual({
      positions: [1100, 513, 512, 1, 1101],
      duplicates: 4,
    });
    expect((await digests())[0]).toEqual(many(512).map(({ experienceId }) => digestOf(experienceId)));
    expect((await digests())[2]).toHaveLength(1101 - 1024);
  });

  it('is known to one that was idle while another wrote', async () => {
    const other = await DexieStore.open(namespace);
    await other.appendExperiences(many(10));
    await store.appendExperiences(many(600, 10));
    await store.appendExperiences(many(600, 610));
    expect(await other.appendExperiences([...many(1, 700), ...many(1, 11), ...many(1, 1210)])).toEqual({
      positions: [701, 12, 1211],
      duplicates: 2,
    });
    expect(await store.appendExperiences(many(1, 1210))).toEqual({ positions: [1211], duplicates: 1 });
    other.close();
  });

  it('and is removed may come again, also from who has not heard of the removal', async () => {
    const other = await DexieStore.open(namespace);
    await store.appendExperiences(many(600));
    expect(await other.appendExperiences(many(1))).toMatchObject({ duplicates: 1 });
    await store.forget({ modelKey: 'list@1', item: 'item 5' });
    expect((await digests())[0]?.[5]).toBe(0);
    expect(await other.appendExperiences(many(3, 4))).toEqual({ positions: [5, 601, 7], duplicates: 2 });
    await store.prune({ modelKey: 'list@1', beforeMs: Infinity, upTo: 512 });
    expect(Object.keys(await digests())).toEqual(['1']);
    expect(await store.appendExperiences(many(2, 511))).toEqual({ positions: [602, 513], duplicates: 1 });
    await reopen();
    expect(await store.appendExperiences(many(3, 511))).toEqual({ positions: [602, 513, 514], duplicates: 3 });
  });

  it('is known where what it is found by was lost or damaged', async () => {
    await store.appendExperiences(many(1100));
    await store.prune({ modelKey: 'list@1', beforeMs: Infinity, upTo: 100 });
    const whole = await digests();
    for (const damage of [
      () => database.digests.clear(),
      () => database.digests.delete(1),
      () => database.digests.put({ run: 0, digests: [1, 2, 3] }),
      () => database.digests.put({ run: 2, digests: new Uint32Array(513) }),
    ]) {
      await damage();
      await reopen();
      const again = [...many(1, 100), ...many(1, 600), ...many(1, 1099)];
      expect(await store.appendExperiences(again)).toEqual({ positions: [101, 601, 1100], duplicates: 3 });
      expect(Object.keys(await digests())).toEqual(Object.keys(whole));
      expect((await digests())[1]).toEqual(whole[1]);
    }
  });

  it('is known where a segment beside it is damaged', async () => {
    await store.appendExperiences(many(100));
    await database.segments.update(64, { positions: null });
    await database.digests.clear();
    await reopen();
    expect(await store.appendExperiences([...many(1, 99), ...many(1, 100)])).toEqual({
      positions: [100, 101],
      duplicates: 1,
    });
  });

  it('is not what an append that failed would have written', async () => {
    await store.appendExperiences(many(2));
    const { put } = IDBObjectStore.prototype;
    let aborted = 0;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value: unknown) {
      const request = put.call(this, value);
      // Once more than it is tried again.
      if (this.name === 'ledger' && aborted++ < 2) this.transaction.abort();
      return request;
    });
    await expect(store.appendExperiences(many(3, 2))).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(await store.appendExperiences(many(3, 4))).toEqual({ positions: [3, 4, 5], duplicates: 0 });
    expect(await store.appendExperiences(many(7))).toEqual({ positions: [1, 2, 6, 7, 3, 4, 5], duplicates: 5 });
  });

  it('is not half of what failed in the middle', async () => {
    await store.appendExperiences(many(65));
    // As if position 64 had not been given yet, where a segment ends.
    await database.ledger.put({ key: 'ledger', next: 64, models: new Map() });
    const before = [await digests(), await database.segments.toArray(), await database.ledger.toArray()];
    await expect(store.appendExperiences(many(1, 70))).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect([await digests(), await database.segments.toArray(), await database.ledger.toArray()]).toEqual(before);
    await database.ledger.clear();
    expect(await store.appendExperiences(many(2, 64))).toEqual({ positions: [65, 66], duplicates: 1 });
  });

  it('is not what was in a database that was deleted while the connection was lost', async () => {
    const connections: IDBDatabase[] = [];
    const transaction = IDBDatabase.prototype.transaction;
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
      this: IDBDatabase,
      ...given: Parameters<typeof transaction>
    ) {
      connections.push(this);
      return transaction.apply(this, given);
    });
    await reopen();
    await store.appendExperiences(many(3));
    connections.at(-1)?.close();
    database.close();
    await Dexie.delete(namespace);
    const other = await DexieStore.open(namespace);
    await other.appendExperiences(many(5, 10));
    expect(await store.appendExperiences([...many(1, 11), ...many(1)])).toEqual({ positions: [2, 6], duplicates: 1 });
    other.close();
  });
});

type Step = (stores: readonly Store[]) => Promise<unknown>;

describe('whatever is appended and removed, by whom and in what order', () => {
  const ids = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 30 });
  const [by, at] = [fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 60 })];
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(by, ids).map(
        ([tab, of]): Step =>
          (stores) =>
            stores[tab % stores.length]!.appendExperiences(of.map((id) => rankingExperience(`e${id}`, `item ${id}`))),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(by, at).map(
        ([tab, id]): Step =>
          async (stores) =>
            (await stores[tab % stores.length]!.forget({ modelKey: 'list@1', item: `item ${id}` })).experiences,
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(by, at).map(
        ([tab, upTo]): Step =>
          async (stores) =>
            (await stores[tab % stores.length]!.prune({ modelKey: 'list@1', beforeMs: Infinity, upTo })).experiences,
      ),
    },
  );

  it('is in the log once, as in a store that keeps a list of ids', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const own = `known-ids-${databases++}`;
        const tabs = [await DexieStore.open(own), await DexieStore.open(own)];
        const list = [new MemoryStore()];
        for (const run of steps) expect(await run(tabs)).toEqual(await run(list));
        expect(await tabs[1]!.experiencesAfter('list@1', 0, 1000)).toEqual(
          await list[0]!.experiencesAfter('list@1', 0, 1000),
        );
        for (const tab of tabs) tab.close();
      }),
      { numRuns: 40 },
    );
  });
});
