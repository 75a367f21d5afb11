import { Dexie, type Table, type Transaction } from 'dexie';
import type { Database } from './database.ts';
import { LISTED, type ForgetReport, type ForgetRequest } from './forget-request.ts';
import { forgetVersions } from './dexie-versions.ts';
import { Forgetting } from './forgetting.ts';
import { knowledgeRecord } from './knowledge-record.ts';
import { allOf } from './model-range.ts';
import { modelLedger, readLedger, writeLedger } from './ledger.ts';
import { decisionRecord, isExperience, isRecord } from './records.ts';
import { isSegment, type Segment } from './segment.ts';
import { removalTables, removeRows } from './segment-removal.ts';
import { reviewRecord, type ReviewRecord } from './review-records.ts';
import { pendingRecord, signalRecord, type PendingRecord } from './signal-records.ts';
import { comparisonKey, consolidationKey, damagedCheckpointPrefix, healthKey } from './store.ts';

/** Records looked at in one go. */
const PAGE = 64;

const tables = [
  ...removalTables,
  'decisions',
  'catalogue',
  'signals',
  'pending',
  'knowledge',
  'versions',
  'reviews',
  'settings',
] as const;

/** See `Store.forget`. What is damaged, and may be what is meant, goes too. */
export function forget(database: Database, request: ForgetRequest): Promise<ForgetReport> {
  return database.transact('rw', tables, (transaction) => new ForgetTransaction(transaction, request).run());
}

class ForgetTransaction {
  readonly #transaction: Transaction;
  readonly #request: ForgetRequest;
  readonly #modelKey: string;
  readonly #forgetting: Forgetting;
  /** Decisions that were made in the time that is named, if one is. */
  #decided: ReadonlySet<string> = new Set();

  constructor(transaction: Transaction, request: ForgetRequest) {
    this.#transaction = transaction;
    this.#request = request;
    this.#modelKey = request.modelKey;
    this.#forgetting = new Forgetting(request);
  }

  async run(): Promise<ForgetReport> {
    this.#decided = await this.#decidedInTime();
    const signals = await this.#signals();
    const { experiences, positions, experienceIds } = await this.#experiences();
    const first = positions.reduce((least: number | null, at) => Math.min(least ?? at, at), null);
    const { decisions, redacted } = await this.#decisions();
    const pending = await this.#pending(experienceIds);
    const catalogue = await this.#catalogue();
    const knowledge = await this.#knowledge(new Set(positions));
    const { checkpoints, learnedTo } = await this.#checkpoints(first);
    const versions = await forgetVersions(this.#transaction, this.#modelKey, first);
    const reviews = await this.#reviews();
    if (first !== null) await this.#derivedSettings();
    // Of decisions as well.
    await this.#table('settings').delete(healthKey(this.#modelKey));
    const removed = { first, count: positions.length, positions: positions.slice(0, LISTED) };
    const epoch = await this.#raiseEpoch();
    const tables = { experiences, signals, pending, decisions, catalogue, knowledge, checkpoints, versions, reviews };
    return { ...tables, redacted, removed, learnedTo, epoch };
  }

  async #decidedInTime(): Promise<ReadonlySet<string>> {
    const { fromMs, toMs } = this.#request;
    if (fromMs === undefined && toMs === undefined) return new Set();
    const range = this.#table('decisions')
      .where('[modelKey+decidedAtMs]')
      .between([this.#modelKey, fromMs ?? Dexie.minKey], [this.#modelKey, toMs ?? Dexie.maxKey], true, false);
    return new Set(await range.primaryKeys());
  }

  #table(name: string): Table<unknown, string> {
    return this.#transaction.table<unknown, string>(name);
  }

  /** Those of no model too: they are of no other one. */
  #signals(): Promise<number> {
    return this.#deleteWhere('signals', (signal) => {
      const { modelKey, decisionId } = signal as { readonly [name: string]: unknown };
      if (typeof modelKey === 'string' && modelKey !== this.#modelKey) return false;
      const decidedThen = typeof decisionId === 'string' && this.#decided.has(decisionId);
      return !isRecord(signalRecord, signal) || this.#forgetting.signal(signal, decidedThen);
    });
  }

  async #experiences() {
    const table = this.#transaction.table<unknown, number>('segments');
    const total = { experiences: 0, positions: [] as number[], experienceIds: new Set<string>() };
    for (let last = 0; ;) {
      const range = table
        .where('[modelKey+last+size]')
        .between([this.#modelKey, last + 1], [this.#modelKey, Dexie.maxKey]);
      const page = await range.limit(PAGE).toArray();
      // The key is inline, and there also where everything else is damaged.
      const keys = page.map((record) => (record as Segment).last);
      await table.bulkDelete(keys.filter((_, index) => !isSegment(page[index])));
      const segments = page.filter(isSegment);
      const goes = (row: unknown) => this.#goes(row);
      const removed = await removeRows(this.#transaction, this.#modelKey, segments, goes, this.#forgetting.mayName);
      total.experiences += removed.experiences;
      for (const position of removed.positions) total.positions.push(position);
      for (const id of removed.experienceIds) total.experienceIds.add(id);
      last = keys.at(-1) ?? last;
      if (keys.length < PAGE) return total;
    }
  }

  #goes(row: unknown): boolean {
    return !isExperience(row) || this.#forgetting.experience(row, this.#decided.has(row.decisionId));
  }

  async #decisions(): Promise<{ decisions: number; redacted: number }> {
    const table = this.#table('decisions');
    if (this.#forgetting.dropsDecisions) {
      await table.bulkDelete([...this.#decided]);
      return { decisions: this.#decided.size, redacted: 0 };
    }
    let redacted = 0;
    await table
      .where('[modelKey+decidedAtMs]')
      .between(...allOf(this.#modelKey))
      .modify((decision, slot) => {
        const left = isRecord(decisionRecord, decision) ? this.#forgetting.struckOut(decision) : null;
        if (!left) return;
        redacted++;
        slot.value = left;
      });
    return { decisions: 0, redacted };
  }

  /** What waits of decisions that are gone goes; of the others, what was settled of experiences that are gone. */
  async #pending(removedIds: ReadonlySet<string>): Promise<number> {
    const table = this.#table('pending');
    const isPending = (record: unknown) => isRecord(pendingRecord, record) && record.modelKey === this.#modelKey;
    await table.filter(isPending).modify((record, slot) => {
      const left = this.#forgetting.unsettled(record as PendingRecord, removedIds);
      if (left) slot.value = left;
    });
    if (!this.#forgetting.dropsDecisions) return 0;
    const ids = [...this.#decided];
    const known = (await table.bulkGet(ids)).filter((record) => record !== undefined);
    await table.bulkDelete(ids);
    return known.length;
  }

  async #catalogue(): Promise<number> {
    const { item } = this.#request;
    if (!this.#forgetting.dropsItem || item === undefined) return 0;
    return this.#table('catalogue').where('candidateId').equals(item).delete();
  }

  #knowledge(removed: ReadonlySet<number>): Promise<number> {
    return this.#deleteWhere('knowledge', (record) => {
      const { modelKey } = record as { readonly modelKey?: unknown };
      if (modelKey !== this.#modelKey) return false;
      return !isRecord(knowledgeRecord, record) || this.#forgetting.knowledge(record, removed);
    });
  }

  #reviews(): Promise<number> {
    return this.#deleteWhere('reviews', (review) => {
      const { modelKey } = review as { readonly modelKey?: unknown };
      if (modelKey !== this.#modelKey) return false;
      return !isRecord<ReviewRecord>(reviewRecord, review) || this.#forgetting.review(review, this.#decided);
    });
  }

  /** Those that have learned the first position that is gone, or later ones. */
  async #checkpoints(first: number | null): Promise<{ checkpoints: number; learnedTo: number | null }> {
    const table = this.#transaction.table<unknown, [string, number]>('checkpoints');
    const all = await table
      .where(':id')
      .between(...allOf(this.#modelKey))
      .primaryKeys();
    const known = await table
      .where('[modelKey+generation+learnedTo]')
      .between(...allOf(this.#modelKey))
      .keys();
    const learned = new Map(
      (known as unknown as [string, number, number][]).map(([, generation, to]) => [generation, to]),
    );
    // One that does not say what it has learned is damaged.
    const gone = all.filter(([, generation]) => (learned.get(generation) ?? Infinity) >= (first ?? Infinity));
    await table.bulkDelete(gone);
    const left = all.filter((key) => !gone.includes(key)).map(([, generation]) => learned.get(generation) ?? 0);
    return { checkpoints: gone.length, learnedTo: left.at(-1) ?? null };
  }

  /** What was made of the log beside checkpoints, and cannot be told apart. */
  async #derivedSettings(): Promise<void> {
    const settings = this.#table('settings');
    await settings.bulkDelete([consolidationKey(this.#modelKey), comparisonKey(this.#modelKey)]);
    await settings.where(':id').startsWith(damagedCheckpointPrefix(this.#modelKey)).delete();
  }

  async #raiseEpoch(): Promise<number> {
    const ledger = await readLedger(this.#transaction);
    const model = modelLedger(ledger, this.#modelKey);
    model.epoch++;
    await writeLedger(this.#transaction, ledger);
    return model.epoch;
  }

  /** @returns how many went */
  async #deleteWhere(name: string, goes: (record: unknown) => boolean): Promise<number> {
    return this.#table(name).filter(goes).delete();
  }
}
