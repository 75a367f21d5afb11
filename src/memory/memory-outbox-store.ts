import type { OutboxRecord } from './outbox-store.ts';

/** The outbox without durability. */
export class MemoryOutboxStore {
  readonly #entries = new Map<string, OutboxRecord>();

  add(entry: OutboxRecord): Promise<void> {
    this.#entries.set(entry.id, structuredClone(entry));
    return Promise.resolve();
  }

  /** Oldest first. */
  list(): Promise<OutboxRecord[]> {
    const entries = [...this.#entries.values()].sort((a, b) => a.createdAtMs - b.createdAtMs);
    return Promise.resolve(structuredClone(entries));
  }

  remove(id: string): Promise<void> {
    this.#entries.delete(id);
    return Promise.resolve();
  }

  /** Does nothing where the entry is gone. */
  update(entry: OutboxRecord): Promise<void> {
    return this.#entries.has(entry.id) ? this.add(entry) : Promise.resolve();
  }
}
