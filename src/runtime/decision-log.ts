import { TendrilError } from '../errors.ts';
import { struckOutKey } from '../memory/forgetting.ts';
import type { CatalogueRecord, DecisionRecord } from '../memory/records.ts';
import type { Store } from '../memory/store.ts';

/** Decisions kept in memory beside the store, so that prompt feedback needs no read. */
const RECENT = 500;
/** Candidates of which is known that they are stored; one that has been left out is written again. */
const KNOWN_CANDIDATES = 20_000;

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
  /** Keys of candidates. */
  readonly #stored = new Set<string>();
  /** Told before the decision was made, as far as is known here: the page had stopped waiting. */
  readonly #hostServed = new Set<string>();
  /** What is being changed in the store, by decision. */
  readonly #amended = new Map<string, Promise<void>>();
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
    dropOldest(this.#stored, KNOWN_CANDIDATES);
    this.#recent.set(record.decisionId, { record: served, hostOrder, written: this.#write(served, unseen) });
    dropOldest(this.#recent, RECENT);
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
    if (recent) {
      recent.record = asServedByHost(recent.record, recent.hostOrder);
      recent.written = recent.written.then(() => this.#amend(decisionId, recent.hostOrder));
      recent.written.catch(this.#onError);
      return;
    }
    this.#hostServed.add(decisionId);
    dropOldest(this.#hostServed, RECENT);
    // Or it was made long ago, or by a worker that is gone.
    const amended = this.#amend(decisionId, null);
    this.#amended.set(decisionId, amended);
    amended.catch(this.#onError).finally(() => {
      if (this.#amended.get(decisionId) === amended) this.#amended.delete(decisionId);
    });
  }

  #amend(decisionId: string, hostOrder: readonly string[] | null): Promise<void> {
    return this.#store.amendDecision(decisionId, (stored) => asServedByHost(stored, hostOrder));
  }

  /** The decision, once it is safely stored. @throws UNKNOWN_DECISION */
  async find(decisionId: string): Promise<DecisionRecord> {
    const recent = this.#recent.get(decisionId);
    if (recent) {
      await recent.written;
      return recent.record;
    }
    const stored = await this.#read(decisionId);
    if (!stored) throw new TendrilError('UNKNOWN_DECISION', { decisionId });
    return stored;
  }

  /** The decision as far as it is stored; null where it is not, or not yet. */
  async known(decisionId: string): Promise<DecisionRecord | null> {
    const recent = this.#recent.get(decisionId);
    if (!recent) return (await this.#read(decisionId)) ?? null;
    // What failed to be written was reported when it did.
    const isWritten = await recent.written.then(
      () => true,
      () => false,
    );
    return isWritten ? recent.record : null;
  }

  async #read(decisionId: string): Promise<DecisionRecord | undefined> {
    // What failed was reported when it did.
    await this.#amended.get(decisionId)?.catch(() => undefined);
    return this.#store.decision(decisionId);
  }

  /** Resolves when nothing is on its way to the store. */
  async written(): Promise<void> {
    const recent = [...this.#recent.values()].map(({ written }) => written);
    await Promise.allSettled([...recent, ...this.#amended.values()]);
  }

  /** Keeps nothing in memory of what is no longer stored. */
  async clear(): Promise<void> {
    await this.written();
    this.#recent.clear();
    this.#stored.clear();
  }
}

function dropOldest(entries: Map<string, unknown> | Set<string>, most: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(key);
  }
}

/** @param hostOrder the page's own; null where nobody knows it any longer */
function asServedByHost(record: DecisionRecord, hostOrder: readonly string[] | null): DecisionRecord {
  const { payload } = record;
  if (payload.kind !== 'ranking') return { ...record, servedBy: 'host' };
  const keys = new Set(payload.candidateKeys);
  // What has been forgotten since is not named again.
  const shown = hostOrder?.map((key, place) => (keys.has(key) ? key : struckOutKey(place)));
  // The page's own order left nothing to chance.
  const certain = { candidateKeys: shown ?? payload.candidateKeys, propensities: [], scores: [] };
  return { ...record, servedBy: 'host', payload: { ...payload, ...certain } };
}
