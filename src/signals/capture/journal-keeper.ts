import type { Signal } from '../../core/signal.ts';
import type { SignalJournal } from './capture-options.ts';

/** The page's own entries of a journal that other tabs write too. A journal that fails keeps nothing: the signals still go to the worker. */
export class JournalKeeper {
  readonly #journal: SignalJournal;
  readonly #own = new Set<string>();

  constructor(journal: SignalJournal) {
    this.#journal = journal;
  }

  /** What is there becomes this page's own: delivering the same twice is harmless. */
  load(): Signal[] {
    const found = this.#entries();
    for (const { signalId } of found) this.#own.add(signalId);
    return found;
  }

  keep(undelivered: readonly Signal[]): void {
    const others = this.#entries().filter(({ signalId }) => !this.#own.has(signalId));
    for (const { signalId } of undelivered) this.#own.add(signalId);
    this.#save([...others.filter(({ signalId }) => !this.#own.has(signalId)), ...undelivered]);
  }

  /** Removes what was delivered, if it was ever kept. */
  forget(delivered: readonly Signal[]): void {
    const ids = new Set(delivered.map(({ signalId }) => signalId).filter((id) => this.#own.delete(id)));
    if (ids.size > 0) this.#save(this.#entries().filter(({ signalId }) => !ids.has(signalId)));
  }

  clear(): void {
    this.#own.clear();
    this.#save([]);
  }

  #entries(): Signal[] {
    try {
      return this.#journal.load();
    } catch {
      return [];
    }
  }

  #save(signals: readonly Signal[]): void {
    try {
      this.#journal.save(signals);
    } catch {
      // Closed or full.
    }
  }
}
