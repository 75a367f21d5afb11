import type { SignalRecord } from './signal-records.ts';

/** Signals without durability, found by decision as fast as an index would. Gives out what it holds: the caller copies. */
export class MemorySignals {
  readonly #signals = new Map<string, SignalRecord>();
  readonly #idsByDecision = new Map<string, string[]>();

  /** @returns how many were there */
  add(signals: readonly SignalRecord[]): number {
    let duplicates = 0;
    for (const signal of signals) {
      const { signalId, decisionId } = signal;
      if (this.#signals.has(signalId)) {
        duplicates++;
        continue;
      }
      this.#signals.set(signalId, structuredClone(signal));
      if (decisionId === undefined) continue;
      const ids = this.#idsByDecision.get(decisionId);
      if (ids) ids.push(signalId);
      else this.#idsByDecision.set(decisionId, [signalId]);
    }
    return duplicates;
  }

  /** By time, then by id. */
  ofDecision(decisionId: string): SignalRecord[] {
    const ids = this.#idsByDecision.get(decisionId) ?? [];
    const found = ids.flatMap((id) => this.#signals.get(id) ?? []);
    return found.sort((a, b) => a.atMs - b.atMs || (a.signalId < b.signalId ? -1 : 1));
  }

  /** Those of the model, and those of no model, which age no less and are of no other one. */
  ofModel(modelKey: string): SignalRecord[] {
    return this.all().filter((signal) => signal.modelKey === null || signal.modelKey === modelKey);
  }

  all(): SignalRecord[] {
    return [...this.#signals.values()];
  }

  /** @returns how many went */
  remove(gone: readonly SignalRecord[]): number {
    for (const { signalId, decisionId } of gone) {
      this.#signals.delete(signalId);
      if (decisionId === undefined) continue;
      const left = (this.#idsByDecision.get(decisionId) ?? []).filter((id) => id !== signalId);
      if (left.length > 0) this.#idsByDecision.set(decisionId, left);
      else this.#idsByDecision.delete(decisionId);
    }
    return gone.length;
  }
}
