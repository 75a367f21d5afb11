import { Dexie } from 'dexie';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../src/memory/database.ts';
import { DexieStore } from '../../src/memory/dexie-store.ts';
import { expectCode } from '../support/expect-code.ts';
import { checkpointRecord, decisionRecord, experienceRecord } from '../support/records.ts';

Dexie.debug = false;

let databases = 0;

type Method = (this: IDBObjectStore, ...given: unknown[]) => IDBRequest;
const methods = IDBObjectStore.prototype as unknown as Record<'get' | 'put', Method>;
const originals = { get: methods.get, put: methods.put };

describe('a connection that is lost', () => {
  let store: DexieStore;
  let connections: IDBDatabase[];
  beforeEach(async () => {
    connections = [];
    const transaction = IDBDatabase.prototype.transaction;
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
      this: IDBDatabase,
      ...given: Parameters<typeof transaction>
    ) {
      if (!connections.includes(this)) connections.push(this);
      return transaction.apply(this, given);
    });
    store = await DexieStore.open(`connection-${databases++}`);
    await store.appendExperiences([experienceRecord('a')]);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    store.close();
  });

  it('between two operations is opened again', async () => {
    connections.at(-1)?.close();
    expect(await store.appendExperiences([experienceRecord('b')])).toEqual({ positions: [2], duplicates: 0 });
    connections.at(-1)?.close();
    expect(await store.experiencesAfter('list@1', 0, 10)).toHaveLength(2);
    expect(connections.length).toBeGreaterThanOrEqual(3);
  });

  it('in the middle of a write, which its transaction is aborted by, writes it once', async () => {
    abortNext('put', () => {
      connections.at(-1)?.close();
    });
    expect(await store.appendExperiences([experienceRecord('b')])).toEqual({ positions: [2], duplicates: 0 });
    expect(await store.countExperiencesAfter('list@1', 0)).toBe(2);
  });

  it('that tells of it by its event only is opened again', async () => {
    const before = connections.at(-1);
    before?.dispatchEvent(new Event('close'));
    await store.putDecisions([decisionRecord()], []);
    expect(await store.decision('d1')).toEqual(decisionRecord());
    expect(connections.at(-1)).not.toBe(before);
  });

  it('with the error that iOS gives is opened again, for reading and writing', async () => {
    for (const method of ['get', 'put'] as const) {
      const before = connections.length;
      failNext(method, 'UnknownError');
      expect(await store.putCheckpoint(checkpointRecord(1), 3)).toBe(true);
      failNext(method, 'UnknownError');
      await store.settle([], []);
      expect(await store.epoch('list@1')).toBe(0);
      expect(connections.length).toBeGreaterThan(before);
    }
  });

  it('twice in a row is an error, and the operation after it works', async () => {
    failNext('get', 'UnknownError', 2);
    await expectCode(() => store.epoch('list@1'), 'STORAGE_FAILED');
    expect(await store.epoch('list@1')).toBe(0);
  });

  it('is not opened again for other errors, nor after it was closed on purpose', async () => {
    const before = connections.length;
    failNext('get', 'DataError');
    await expectCode(() => store.epoch('list@1'), 'STORAGE_FAILED');
    expect(connections).toHaveLength(before);
    store.close();
    await expectCode(() => store.epoch('list@1'), 'STORAGE_FAILED');
    expect(connections).toHaveLength(before);
  });

  /** The next calls of a method of object stores throw. */
  function failNext(method: 'get' | 'put', name: string, times = 1): void {
    const original = originals[method];
    let left = times;
    vi.spyOn(methods, method).mockImplementation(function (this: IDBObjectStore, ...given: unknown[]) {
      if (left-- > 0)
        throw new DOMException('Connection to Indexed Database server lost. Refresh the page to try again', name);
      return original.apply(this, given);
    });
  }

  /** The next call of a method aborts its transaction, as the browser does when it closes a connection. */
  function abortNext(method: 'put', also: () => void): void {
    const original = originals[method];
    let left = 1;
    vi.spyOn(methods, method).mockImplementation(function (this: IDBObjectStore, ...given: unknown[]) {
      const request = original.apply(this, given);
      if (left-- > 0) {
        this.transaction.abort();
        also();
      }
      return request;
    });
  }
});

it('a database of a newer version is not opened: another tab has a newer schema', async () => {
  const namespace = `connection-${databases++}`;
  (await DexieStore.open(namespace)).close();
  await new Promise((resolve, reject) => {
    const request = indexedDB.open(namespace, 1_000_000);
    request.onsuccess = () => {
      request.result.close();
      resolve(null);
    };
    request.onerror = reject;
  });
  await expectCode(() => DexieStore.open(namespace), 'STORAGE_UNAVAILABLE');
  await expectCode(() => Database.openAt(namespace), 'STORAGE_UNAVAILABLE');
});

describe('a storage that is full', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('makes room for what is new, of what was learned, where it can still write', async () => {
    const { store, full } = await fullStore();
    full.until = 'put';
    expect(await store.appendExperiences([experienceRecord('new')])).toEqual({ positions: [301], duplicates: 0 });
    // A fifth of it.
    const [usage] = await store.usage();
    expect(usage?.experiences).toBeGreaterThan(230);
    expect(usage?.experiences).toBeLessThan(250);
    expect(await store.experiencesAfter('list@1', 0, 999)).toHaveLength(usage?.experiences ?? 0);
    store.close();
  });

  it('and where it can only delete, and counts right all the same', async () => {
    const { store, full } = await fullStore();
    full.until = 'delete';
    expect(await store.appendExperiences([experienceRecord('new')])).toEqual({ positions: [301], duplicates: 0 });
    const left = await store.experiencesAfter('list@1', 0, 999);
    expect(left.map(({ position }) => position)).toEqual(Array.from({ length: 301 - 64 }, (_, index) => index + 65));
    const [usage] = await store.usage();
    expect(usage?.experiences).toBe(301 - 64);
    await store.prune({ modelKey: 'list@1', beforeMs: Infinity, upTo: Infinity });
    expect(await store.usage()).toEqual([]);
    store.close();
  });

  it('keeps what is not learned, and says STORAGE_QUOTA', async () => {
    const { store, full } = await fullStore(0);
    full.until = 'never';
    await expectCode(() => store.appendExperiences([experienceRecord('new')]), 'STORAGE_QUOTA');
    full.until = 'put';
    expect(await store.countExperiencesAfter('list@1', 0)).toBe(300);
    store.close();
  });

  it('says STORAGE_QUOTA where nothing may go, and keeps all', async () => {
    const store = await openWithin(1_000_000);
    let appended = 0;
    await expectCode(async () => {
      for (;;) {
        await store.appendExperiences(large(100, appended));
        appended += 100;
      }
    }, 'STORAGE_QUOTA');
    expect(await store.countExperiencesAfter('list@1', 0)).toBe(appended);
    expect(await store.experiencesAfter('list@1', 0, appended + 1)).toHaveLength(appended);
    store.close();
  });
});

/** 300 experiences in a store that has no room for more until it has written something smaller, or has deleted something. */
async function fullStore(learnedTo = 300) {
  const store = await DexieStore.open(`connection-${databases++}`);
  await store.appendExperiences(Array.from({ length: 300 }, (_, index) => experienceRecord(`e${index}`)));
  await store.putCheckpoint(checkpointRecord(1, { learnedTo }), 3);
  const full: { until: 'put' | 'delete' | 'never' | null } = { until: null };
  const { add, put, delete: remove } = IDBObjectStore.prototype;
  const refuse = (): never => {
    throw new DOMException('', 'QuotaExceededError');
  };
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, value: unknown) {
    return full.until === null ? add.call(this, value) : refuse();
  });
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value: unknown) {
    if (full.until === 'delete' || full.until === 'never') refuse();
    if (this.name === 'ledger') full.until = null;
    return put.call(this, value);
  });
  vi.spyOn(IDBObjectStore.prototype, 'delete').mockImplementation(function (this: IDBObjectStore, key) {
    if (full.until === 'delete' && this.name === 'segments') full.until = null;
    return remove.call(this, key);
  });
  return { store, full };
}

/** About a kilobyte each. */
function large(count: number, first: number) {
  return Array.from({ length: count }, (_, index) => {
    const x = Array.from({ length: 20 }, () => crypto.randomUUID()).join('');
    return experienceRecord(`e${first + index}`, {
      payload: { kind: 'classification', input: { x }, label: 'a', weight: 1 },
    });
  });
}

/** A store in a storage bucket of its own (WICG Storage Buckets), which the browser lets have no more than `quota` bytes. */
async function openWithin(quota: number): Promise<DexieStore> {
  const { storageBuckets } = navigator as unknown as {
    storageBuckets: { open(name: string, options: { quota: number }): Promise<{ indexedDB: IDBFactory }> };
  };
  const { indexedDB: own } = Dexie.dependencies;
  Dexie.dependencies.indexedDB = (await storageBuckets.open(`nearly-full-${databases++}`, { quota })).indexedDB;
  try {
    return await DexieStore.open(`connection-${databases++}`);
  } finally {
    Dexie.dependencies.indexedDB = own;
  }
}
