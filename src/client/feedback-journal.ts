import type { FeedbackRequest } from '../protocol/messages.ts';
import { isObject } from './connection.ts';

const MAX_ENTRIES = 50;

/**
 * Feedback that is not acknowledged yet, in localStorage: a click on a link ends the page, and its worker, before anything asynchronous can
 * finish. The next page delivers it; delivering twice is harmless. Where the storage is closed to the page, nothing is kept.
 */
export class FeedbackJournal {
  readonly #key: string;

  constructor(namespace: string) {
    this.#key = `tendril:${namespace}:feedback`;
  }

  add(feedback: FeedbackRequest): void {
    this.#write([...this.#without(feedback), feedback].slice(-MAX_ENTRIES));
  }

  remove(feedback: FeedbackRequest): void {
    this.#write(this.#without(feedback));
  }

  clear(): void {
    this.#write([]);
  }

  #without(feedback: FeedbackRequest): FeedbackRequest[] {
    const text = JSON.stringify(feedback);
    return this.entries().filter((entry) => JSON.stringify(entry) !== text);
  }

  /** What the worker will parse: here only that it is a list of objects. */
  entries(): FeedbackRequest[] {
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(this.#key) ?? '[]');
      return Array.isArray(stored) ? stored.filter((entry): entry is FeedbackRequest => isObject(entry)) : [];
    } catch {
      // Closed to this page, or not ours: start over.
      return [];
    }
  }

  #write(entries: readonly FeedbackRequest[]): void {
    try {
      if (entries.length === 0) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, JSON.stringify(entries));
    } catch {
      // Closed or full: the feedback still goes to the worker.
    }
  }
}
