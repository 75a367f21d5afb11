import * as v from 'valibot';
import { Database } from './database.ts';

/** A published checkpoint on its way to the registry; the interface that src/sync sends from is satisfied by shape. */
const outboxRecord = v.object({
  id: v.string(),
  registryUrl: v.string(),
  model: v.string(),
  /** `sha256:<hex>` */
  digest: v.string(),
  bytes: v.instance(Uint8Array<ArrayBuffer>),
  alias: v.optional(v.string()),
  createdAtMs: v.number(),
  attempts: v.number(),
  lastError: v.nullable(v.object({ code: v.string(), message: v.string() })),
  /** Refused for good: waits for a person, not for another attempt. */
  parked: v.boolean(),
});
export type OutboxRecord = v.InferOutput<typeof outboxRecord>;

/** The outbox in IndexedDB, readable by the learner worker and by the service worker. */
export class DexieOutboxStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(entry: OutboxRecord): Promise<void> {
    return this.#database.run(async () => void (await this.#database.outbox.put(entry)));
  }

  /** Oldest first. A row that cannot be read stays where it is and stops no other. */
  list(): Promise<OutboxRecord[]> {
    return this.#database.run(async () => {
      const rows = await this.#database.outbox.toArray();
      return rows.filter((row) => v.is(outboxRecord, row)).sort((a, b) => a.createdAtMs - b.createdAtMs);
    });
  }

  remove(id: string): Promise<void> {
    return this.#database.run(() => this.#database.outbox.delete(id));
  }

  /** Does nothing where the entry is gone: a page and its service worker can send at the same time. */
  update(entry: OutboxRecord): Promise<void> {
    return this.#database.run(async () => void (await this.#database.outbox.update(entry.id, entry)));
  }
}

/** @throws STORAGE_UNAVAILABLE */
export async function openOutboxStore(namespace = 'tendril'): Promise<DexieOutboxStore> {
  return new DexieOutboxStore(await Database.openAt(namespace));
}
