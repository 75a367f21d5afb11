import { Dexie } from 'dexie';

/**
 * Requests of one transaction, all under way at once, with one promise for all of them: Dexie's own calls take as long again as the requests.
 * @returns what they gave, in their order
 */
export function answersOf<T>(requests: readonly IDBRequest<T>[]): PromiseLike<T[]> {
  return new Dexie.Promise((resolve, reject) => {
    for (const request of requests)
      request.onerror = (event) => {
        event.stopPropagation();
        reject(request.error ?? new Error('the request failed'));
      };
    // Answers come in the order of the requests.
    const last = requests.at(-1);
    if (last) last.onsuccess = () => resolve(requests.map(({ result }) => result));
    else resolve([]);
  });
}

/** A request that nobody waits for. If it fails, so does its transaction: Dexie, which would hear of it, would keep that from happening. */
export function send(request: IDBRequest): void {
  request.onerror = (event) => {
    event.stopPropagation();
  };
}
