import type { Page } from 'playwright';

/** Looks into the database of the page's origin from outside of Tendril, as a tester with the browser's own tools would. */

const DATABASE = 'tendril';

export type TableName = 'experiences' | 'decisions' | 'checkpoints' | 'outbox';

export function countRows(page: Page, table: TableName): Promise<number> {
  return page.evaluate(
    ([name, store]) =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onerror = () => reject(new Error(opening.error?.message));
        opening.onsuccess = () => {
          const database = opening.result;
          const counting = database.transaction(store).objectStore(store).count();
          counting.onsuccess = () => {
            database.close();
            resolve(counting.result);
          };
        };
      }),
    [DATABASE, table] as const,
  );
}

/** Ids of the candidates that were rewarded, in the order of the log. */
export function rewardedItems(page: Page): Promise<string[]> {
  return page.evaluate(
    (name) =>
      new Promise<string[]>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onerror = () => reject(new Error(opening.error?.message));
        opening.onsuccess = () => {
          const database = opening.result;
          const reading = database.transaction('experiences').objectStore('experiences').getAll();
          reading.onsuccess = () => {
            database.close();
            const payloads = (reading.result as { payload: { candidateId: string; reward: number } }[]).map(
              ({ payload }) => payload,
            );
            resolve(payloads.filter(({ reward }) => reward > 0).map(({ candidateId }) => candidateId));
          };
        };
      }),
    DATABASE,
  );
}

/** Flips one bit in the middle of every stored checkpoint. @returns how many there were */
export function damageCheckpoints(page: Page): Promise<number> {
  return page.evaluate(
    (name) =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onerror = () => reject(new Error(opening.error?.message));
        opening.onsuccess = () => {
          const database = opening.result;
          const transaction = database.transaction('checkpoints', 'readwrite');
          let damaged = 0;
          const walking = transaction.objectStore('checkpoints').openCursor();
          walking.onsuccess = () => {
            const cursor = walking.result;
            if (!cursor) return;
            const record = cursor.value as { bytes: Uint8Array };
            const middle = record.bytes.length >> 1;
            record.bytes[middle] = (record.bytes[middle] ?? 0) ^ 1;
            cursor.update(record);
            damaged += 1;
            cursor.continue();
          };
          transaction.oncomplete = () => {
            database.close();
            resolve(damaged);
          };
        };
      }),
    DATABASE,
  );
}
