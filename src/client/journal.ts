import { isObject } from './connection.ts';

/**
 * What is not acknowledged yet, in localStorage: a click on a link ends the page, and its worker, before anything asynchronous can
 * finish. The next page delivers it; delivering twice is harmless. Where the storage is closed to the page, nothing is kept.
 */
export class Journal<T extends object> {
  readonly #key: string;
  readonly #limit: number;

  /** @param limit entries kept; the oldest go first */
  constructor(namespace: string, name: string, limit: number) {
    this.#key = `tendril:${namespace}:${name}`;
    this.#limit = limit;
  }

  add(entry: T): void {
    this.save([...this.#without(entry), entry]);
  }

  remove(entry: T): void {
    this.save(this.#without(entry));
  }

  clear(): void {
    this.save([]);
  }

  #without(removed: T): T[] {
    const text = JSON.stringify(removed);
    return this.entries().filter((entry) => JSON.stringify(entry) !== text);
  }

  /** What the worker will parse: here only that it is a list of objects. */
  entries(): T[] {
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(this.#key) ?? '[]');
      return Array.isArray(stored) ? stored.filter((entry): entry is T => isObject(entry)) : [];
    } catch {
      // Closed to this page, or not ours: start over.
      return [];
    }
  }

  save(entries: readonly T[]): void {
    try {
      if (entries.length === 0) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, JSON.stringify(entries.slice(-this.#limit)));
    } catch {
      // Closed or full: it still goes to the worker.
    }
  }
}
