import { TendrilError } from '../errors.ts';
import type { CatalogueRecord, DecisionRecord } from '../memory/records.ts';
import type { Store } from '../memory/store.ts';

/** Decisions kept in memory beside the store, so that prompt feedback needs no read. */
const RECENT = 500;

interface Recent {
  record: DecisionRecord;
  /** Candidate keys in the host's own order. */
  readonly hostOrder: readonly string[];
  /** Resolves when the store has it. */
  written: Promise<void>;
}

/** Logs every decision at the time it is made, without making the visitor wait for the write. */
export class DecisionLog {
  readonly #store: Store;
  readonly #recent = new Map<string, Recent>();
  readonly #stored = new Set<string>();
  /** Told before the decision was made: the page had stopped waiting. */
  readonly #hostServed = new Set<string>();
  readonly #onError: (caught: unknown) => void;
  readonly #onRecord: (record: DecisionRecord) => void;

  /** @param onRecord hears of each decision as the model made it, whatever is shown */
  constructor(store: Store, onError: (caught: unknown) => void, onRecord: (record: DecisionRecord) => void) {
    this.#store = store;
    this.#onError = onError;
    this.#onRecord = onRecord;
  }

  /** @param catalogue the candidates of the decision; only those not written before are */
  record(record: DecisionRecord, hostOrder: readonly string[], catalogue: readonly CatalogueRecord[]): void {
    const byHost = this.#hostServed.delete(record.decisionId) || record.servedBy === 'host';
    const served = byHost ? asServedByHost(record, hostOrder) : record;
    const unseen = catalogue.filter((entry) => !this.#stored.has(entry.candidateKey));
    for (const entry of unseen) this.#stored.add(entry.candidateKey);
    this.#recent.set(record.decisionId, { record: served, hostOrder, written: this.#write(served, unseen) });
    dropOldest(this.#recent);
    this.#onRecord(record);
  }

  #write(record: DecisionRecord, catalogue: readonly CatalogueRecord[]): Promise<void> {
    const written = this.#store.putDecisions([record], catalogue);
    written.catch((caught: unknown) => {
      for (const entry of catalogue) this.#stored.delete(entry.candidateKey);
      this.#onError(caught);
    });
    return written;
  }

  /** The visitor saw the page's own order: the log must not claim otherwise. */
  servedByHost(decisionId: string): void {
    const recent = this.#recent.get(decisionId);
    if (!recent) {
      this.#hostServed.add(decisionId);
      dropOldest(this.#hostServed);
      return;
    }
    recent.record = asServedByHost(recent.record, recent.hostOrder);
    recent.written = recent.written.then(() => this.#write(recent.record, []));
    recent.written.catch(this.#onError);
  }

  /** The decision, once it is safely stored. @throws UNKNOWN_DECISION */
  async find(decisionId: string): Promise<DecisionRecord> {
    const recent = this.#recent.get(decisionId);
    if (recent) {
      await recent.written;
      return recent.record;
    }
    const stored = await this.#store.decision(decisionId);
    if (!stored) throw new TendrilError('UNKNOWN_DECISION', { decisionId });
    return stored;
  }

  /** The decision as far as it is stored; null where it is not, or not yet. */
  async known(decisionId: string): Promise<DecisionRecord | null> {
    const recent = this.#recent.get(decisionId);
    if (!recent) return (await this.#store.decision(decisionId)) ?? null;
    // What failed to be written was reported when it did.
    const isWritten = await recent.written.then(
      () => true,
      () => false,
    );
    return isWritten ? recent.record : null;
  }

  /** Resolves when nothing is on its way to the store. */
  async written(): Promise<void> {
    await Promise.allSettled([...this.#recent.values()].map(({ written }) => written));
  }

  /** Keeps nothing in memory of what is no longer stored. */
  async clear(): Promise<void> {
    await this.written();
    this.#recent.clear();
    this.#stored.clear();
  }
}

function dropOldest(entries: Map<string, unknown> | Set<string>): void {
  if (entries.size <= RECENT) return;
  const oldest = entries.keys().next();
  if (!oldest.done) entries.delete(oldest.value);
}

function asServedByHost(record: DecisionRecord, hostOrder: readonly string[]): DecisionRecord {
  const { payload } = record;
  if (payload.kind !== 'ranking') return { ...record, servedBy: 'host' };
  // The page's own order left nothing to chance.
  return {
    ...record,
    servedBy: 'host',
    payload: { ...payload, candidateKeys: [...hostOrder], propensities: [], scores: [] },
  };
}
