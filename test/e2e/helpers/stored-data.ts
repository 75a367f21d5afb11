import type { Page } from 'playwright';

/** Looks into the database of the page's origin from outside of Tendril, as a tester with the browser's own tools would. */

const DATABASE = 'tendril';

/** The visitor's own copy: everything, as the page hands it out. */
interface StoredCopy {
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

/** Of the page's `tendril`. */
export async function storedCopy(page: Page): Promise<StoredCopy> {
  const text = await page.evaluate(async () => {
    const { tendril } = globalThis as unknown as { tendril: import('../../../src/index.ts').Tendril };
    const copy = await tendril.privacy.export();
    if (!copy.ok) throw new Error(copy.error.message);
    return copy.value.text();
  });
  return JSON.parse(text) as StoredCopy;
}

/** Counted in the database itself, because the page may have no worker to ask. */
export function countRows(page: Page, table: 'experiences' | 'decisions' | 'checkpoints' | 'outbox'): Promise<number> {
  return page.evaluate(
    ([name, what]) =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onerror = () => reject(new Error(opening.error?.message));
        opening.onsuccess = () => {
          const database = opening.result;
          // Experiences lie in segments, each of which says how many it holds.
          const store = what === 'experiences' ? 'segments' : what;
          const reading = database.transaction(store).objectStore(store).getAll();
          reading.onsuccess = () => {
            database.close();
            const rows = reading.result as { readonly size?: number }[];
            resolve(what === 'experiences' ? rows.reduce((sum, { size = 0 }) => sum + size, 0) : rows.length);
          };
        };
      }),
    [DATABASE, table] as const,
  );
}

/** Ids of the candidates that were rewarded, in the order of the log. */
export async function rewardedItems(page: Page): Promise<string[]> {
  const { tables } = await storedCopy(page);
  const payloads = (tables['experiences'] ?? []).map(
    ({ payload }) => payload as { candidateId: string; reward: number },
  );
  return payloads.filter(({ reward }) => reward > 0).map(({ candidateId }) => candidateId);
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
