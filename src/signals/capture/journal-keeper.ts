import type { Signal } from '../../core/signal.ts';
import type { SignalJournal } from './capture-options.ts';

/** The page's own entries of a journal that other tabs write too. A journal that fails keeps nothing: the signals still go to the worker. */
export class JournalKeeper {
  readonly #journal: SignalJournal;
  /** What is in the journal because of this page. */
  readonly #own = new Set<string>();
  /** Of these, what was delivered since. */
  readonly #delivered = new Set<string>();

  constructor(journal: SignalJournal) {
    this.#journal = journal;
  }

  /** What is there becomes this page's own: delivering the same twice is harmless. */
  load(): Signal[] {
    const found = this.#entries();
    for (const { signalId } of found) this.#own.add(signalId);
    return found;
  }

  /** In place of what this page kept before. */
  keep(undelivered: readonly Signal[]): void {
    const others = this.#entries().filter(({ signalId }) => !this.#own.has(signalId));
    this.#forgotten();
    for (const { signalId } of undelivered) this.#own.add(signalId);
    this.#save([...others.filter(({ signalId }) => !this.#own.has(signalId)), ...undelivered]);
  }

  /**
   * What was delivered goes with the next {@link keep} or {@link tidy}: delivering it twice is harmless, writing each time is slow.
   * @returns whether any of it is in the journal
   */
  delivered(delivered: readonly Signal[]): boolean {
    for (const { signalId } of delivered) if (this.#own.has(signalId)) this.#delivered.add(signalId);
    return this.#delivered.size > 0;
  }

  tidy(): void {
    if (this.#delivered.size === 0) return;
    this.#save(this.#entries().filter(({ signalId }) => !this.#delivered.has(signalId)));
    this.#forgotten();
  }

  clear(): void {
    this.#own.clear();
    this.#delivered.clear();
    this.#save([]);
  }

  #forgotten(): void {
    for (const id of this.#delivered) this.#own.delete(id);
    this.#delivered.clear();
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
