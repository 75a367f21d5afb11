/** A database of IndexedDB as JSON, and back, with nothing of the library between: what an earlier version left on a device. */

interface RawIndex {
  readonly name: string;
  readonly keyPath: string | string[];
  readonly unique: boolean;
  readonly multiEntry: boolean;
}

interface RawStore {
  readonly name: string;
  readonly keyPath: string | string[] | null;
  readonly autoIncrement: boolean;
  readonly indexes: readonly RawIndex[];
  /** Arrays of bytes as `{ "$bytes": [...] }`, of 32-bit words as `{ "$words": [...] }`, maps as `{ "$map": [...] }`. */
  readonly records: readonly unknown[];
}

export interface RawDatabase {
  readonly version: number;
  readonly stores: readonly RawStore[];
}

export async function dumpDatabase(name: string): Promise<RawDatabase> {
  const database = await settled(indexedDB.open(name));
  const transaction = database.transaction([...database.objectStoreNames]);
  const stores = await Promise.all(
    [...database.objectStoreNames].map(async (storeName) => {
      const store = transaction.objectStore(storeName);
      const records: unknown[] = await settled(store.getAll());
      const indexes = [...store.indexNames].map((indexName) => {
        const { name: ofIndex, keyPath, unique, multiEntry } = store.index(indexName);
        return { name: ofIndex, keyPath, unique, multiEntry };
      });
      const { keyPath, autoIncrement } = store;
      return { name: storeName, keyPath, autoIncrement, indexes, records: records.map(toJson) };
    }),
  );
  database.close();
  return { version: database.version, stores };
}

export async function buildDatabase(name: string, { version, stores }: RawDatabase): Promise<void> {
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = () => {
    for (const { name: storeName, keyPath, autoIncrement, indexes, records } of stores) {
      const store = request.result.createObjectStore(storeName, { keyPath, autoIncrement });
      for (const { name: ofIndex, keyPath: path, unique, multiEntry } of indexes)
        store.createIndex(ofIndex, path, { unique, multiEntry });
      for (const record of records) store.add(fromJson(record));
    }
  };
  (await settled(request)).close();
}

function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: [...value] };
  if (value instanceof Uint32Array) return { $words: [...value] };
  if (value instanceof Map) return { $map: [...value].map(toJson) };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toJson(entry)]));
}

function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== 'object' || value === null) return value;
  const { $bytes, $words, $map } = value as {
    readonly $bytes?: readonly number[];
    readonly $words?: readonly number[];
    readonly $map?: readonly unknown[];
  };
  if ($bytes) return Uint8Array.from($bytes);
  if ($words) return Uint32Array.from($words);
  if ($map) return new Map($map.map((entry) => fromJson(entry) as [unknown, unknown]));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fromJson(entry)]));
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('the request failed'));
    };
  });
}
