import { TendrilError } from '../errors.ts';

/** Caches of the service worker begin with this. */
const CACHE_PREFIX = 'tendril-';

/**
 * Deletes the database of this namespace and the service worker's caches. Open connections of Tendril close by themselves when they hear of it.
 * @param limitMs how long another connection may hold the database; then it is deleted when that one closes
 * @throws STORAGE_FAILED
 */
export async function eraseStorage(namespace: string, limitMs = 5_000): Promise<void> {
  if (typeof caches !== 'undefined') {
    const names = (await caches.keys()).filter((name) => name.startsWith(CACHE_PREFIX));
    await Promise.all(names.map((name) => caches.delete(name)));
  }
  if (typeof indexedDB !== 'undefined') await deleteDatabase(namespace, limitMs);
}

function deleteDatabase(name: string, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (reason: string) => {
      reject(new TendrilError('STORAGE_FAILED', { reason }));
    };
    const timer = setTimeout(() => {
      failed('another page holds the database; it is deleted when that page closes');
    }, limitMs);
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => {
      clearTimeout(timer);
      resolve();
    };
    request.onerror = () => {
      clearTimeout(timer);
      failed(request.error?.message ?? 'the database refused');
    };
  });
}

/** Whether there is anything stored under this name; true where the browser does not tell. */
export async function isStored(namespace: string): Promise<boolean> {
  if (typeof indexedDB === 'undefined') return false;
  if (!('databases' in indexedDB)) return true;
  return (await indexedDB.databases()).some(({ name }) => name === namespace);
}
