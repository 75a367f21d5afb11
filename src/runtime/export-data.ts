import { tableNames } from '../memory/store.ts';
import type { StoredData } from '../protocol/messages.ts';
import type { OpenedStorage } from './environment.ts';

const FORMAT = 'tendril-export/1';

export async function storedData({ store, outbox }: OpenedStorage): Promise<StoredData> {
  return { storage: store.kind, records: { ...(await store.count()), outbox: (await outbox.list()).length } };
}

/**
 * The visitor's copy: `{ format, exportedAtMs, tables: { <table>: [records] }, undelivered: [feedback] }`, arrays of bytes as
 * `{ "base64": "…" }`. It is put together in pieces, so that no more than a page of records is in memory twice.
 * @param undelivered feedback and signals that the page still holds
 */
export async function exportData(
  { store, outbox }: OpenedStorage,
  undelivered: readonly object[],
  exportedAtMs: number,
): Promise<Blob> {
  const parts: string[] = [`{"format":"${FORMAT}","exportedAtMs":${exportedAtMs},"tables":{`];
  for (const table of tableNames) {
    parts.push(`"${table}":[`);
    let first = true;
    for await (const page of store.pages(table)) {
      const records = page.map(toJson).join(',\n');
      parts.push(first ? records : `,\n${records}`);
      first = false;
    }
    parts.push('],\n');
  }
  parts.push(`"outbox":[${(await outbox.list()).map(toJson).join(',\n')}]},"undelivered":${toJson(undelivered)}}\n`);
  return new Blob(parts, { type: 'application/json' });
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (part instanceof Uint8Array ? { base64: base64(part) } : part));
}

/** Of this many bytes at once: the arguments of a call are bounded. */
const CHUNK = 0x6000;

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return btoa(binary);
}
