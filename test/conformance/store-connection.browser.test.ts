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

describe('a storage that is nearly full', () => {
  it('makes room for what is new, of what was learned', async () => {
    const store = await openWithin(3_000_000);
    let appended = 0;
    let upTo = 0;
    // Far more than there is room for.
    for (let batch = 0; batch < 60; batch++) {
      const { positions } = await store.appendExperiences(large(100, appended));
      appended += 100;
      upTo = positions.at(-1) ?? upTo;
      for (let generation = 1; generation <= 3; generation++)
        await store.putCheckpoint(checkpointRecord(3 * batch + generation, { learnedTo: upTo }), 3);
    }
    const left = await store.experiencesAfter('list@1', 0, appended);
    expect(left.length).toBeLessThan(appended);
    expect(left.length).toBeGreaterThan(0);
    expect(left.at(-1)?.position).toBe(appended);
    expect(left.map(({ position }) => position)).toEqual(
      Array.from({ length: left.length }, (_, index) => appended - left.length + index + 1),
    );
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
