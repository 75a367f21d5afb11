import { Dexie, type Transaction } from 'dexie';
import { asTendrilError } from '../errors.ts';
import { checkpointsToDrop } from './checkpoint-retention.ts';
import { Database } from './database.ts';
import { DexieDecisions } from './dexie-decisions.ts';
import { forget } from './dexie-forget.ts';
import { relieve } from './dexie-relief.ts';
import { experiencesAt } from './experiences-at.ts';
import { checkForgetRequest, type ForgetReport, type ForgetRequest } from './forget-request.ts';
import { knowledgeRecord, type KnowledgeRecord } from './knowledge-record.ts';
import { byKindAndKey, changedHistory } from './knowledge-retention.ts';
import { ledgerTables, readLedger } from './ledger.ts';
import { allOf } from './model-range.ts';
import { withArrival, withUpdate } from './pending-merge.ts';
import { prune } from './pruning.ts';
import { DexieReviews } from './dexie-reviews.ts';
import { addVersions, DexieVersions } from './dexie-versions.ts';
import {
  catalogueRecord,
  checkpointRecord,
  parseRecord,
  taskRecord,
  type CatalogueRecord,
  type CheckpointRecord,
  type DecisionRecord,
  type ExperienceRecord,
  type StoredExperience,
  type TaskRecord,
  type VersionRecord,
} from './records.ts';
import { answersOf, send } from './requests.ts';
import { SegmentLog } from './segment-log.ts';
import {
  pendingRecord,
  signalRecord,
  type PendingRecord,
  type SettledUpdate,
  type SignalRecord,
} from './signal-records.ts';
import {
  consolidationKey,
  tableNames,
  type AppendResult,
  type AuditEntry,
  type AuditRecord,
  type ReviewRecord,
  type ReviewState,
  type PruneReport,
  type PruneRequest,
  type Store,
  type TableName,
  type UsageRecord,
  type VersionSummary,
} from './store.ts';

/** Records read at once for a copy of everything. */
const PAGE = 200;
/** Histories read at once where consolidation adds to them: a message to the worker waits for these at most. */
const HISTORIES = 16;
/** The share of everything that goes when there is no room for something new. */
const RELIEF = 0.2;

/** The store in IndexedDB. Several tabs and workers of one origin may have it open. */
export class DexieStore implements Store {
  readonly kind = 'indexeddb';
  readonly #database: Database;
  readonly #log: SegmentLog;
  readonly #decisions: DexieDecisions;
  readonly #versions: DexieVersions;
  readonly #reviews: DexieReviews;

  constructor(database: Database) {
    this.#database = database;
    this.#log = new SegmentLog(database);
    this.#decisions = new DexieDecisions(database);
    this.#versions = new DexieVersions(database);
    this.#reviews = new DexieReviews(database);
  }

  /** @throws STORAGE_UNAVAILABLE where IndexedDB is closed to the page or cannot be opened */
  static async open(namespace: string): Promise<DexieStore> {
    return new DexieStore(await Database.openAt(namespace));
  }

  task(taskId: string): Promise<TaskRecord | undefined> {
    const { tasks } = this.#database;
    return this.#run(async () => optional(taskRecord, await tasks.get(taskId), 'tasks'));
  }

  putTask(record: TaskRecord): Promise<void> {
    return this.#run(async () => void (await this.#database.tasks.put(record)));
  }

  putDecisions(decisions: readonly DecisionRecord[], catalogue: readonly CatalogueRecord[]): Promise<void> {
    return this.#withRoom(() =>
      this.#database.transact('rw', ['decisions', 'catalogue'], async (transaction) => {
        if (catalogue.length > 0) await transaction.table('catalogue').bulkPut(catalogue);
        await transaction.table('decisions').bulkPut(decisions);
      }),
    );
  }

  decision(decisionId: string): Promise<DecisionRecord | undefined> {
    return this.#decisions.decision(decisionId);
  }

  amendDecision(decisionId: string, amend: (stored: DecisionRecord) => DecisionRecord): Promise<void> {
    return this.#decisions.amend(decisionId, amend);
  }

  decisionsBefore(modelKey: string, atMs: number, limit: number): Promise<DecisionRecord[]> {
    return this.#decisions.before(modelKey, atMs, limit);
  }

  decisionsBetween(modelKey: string, afterMs: number, beforeMs: number, limit: number): Promise<DecisionRecord[]> {
    return this.#decisions.between(modelKey, afterMs, beforeMs, limit);
  }

  catalogue(candidateKeys: readonly string[]): Promise<(CatalogueRecord | undefined)[]> {
    return this.#run(async () => {
      const rows = await this.#database.catalogue.bulkGet([...candidateKeys]);
      return rows.map((row) => optional(catalogueRecord, row, 'catalogue'));
    });
  }

  putSignals(
    signals: readonly SignalRecord[],
    pending: readonly PendingRecord[],
  ): Promise<{ readonly duplicates: number }> {
    return this.#withRoom(() =>
      this.#database.transact('rw', ['signals', 'pending'], async (transaction) => {
        const table = transaction.table<unknown, string>('signals');
        const first = new Map(signals.map((signal) => [signal.signalId, signal] as const).reverse());
        const ids = [...first.keys()];
        const there = await table.bulkGet(ids);
        const fresh = ids.flatMap((id, index) => (there[index] === undefined ? (first.get(id) ?? []) : []));
        await table.bulkAdd(fresh);
        await mergePending(transaction, pending, withArrival);
        return { duplicates: signals.length - fresh.length };
      }),
    );
  }

  signalsOf(decisionId: string): Promise<SignalRecord[]> {
    return this.#run(async () => {
      const rows = await this.#database.signals.where('decisionId').equals(decisionId).toArray();
      const signals = parsed(signalRecord, rows, 'signals');
      // The rows come by id, and the order of equals stays.
      return signals.sort((a, b) => a.atMs - b.atMs);
    });
  }

  pending(decisionId: string): Promise<PendingRecord | undefined> {
    const { pending } = this.#database;
    return this.#run(async () => optional(pendingRecord, await pending.get(decisionId), 'pending'));
  }

  pendingUntil(modelKey: string, atMs: number, limit: number): Promise<PendingRecord[]> {
    return this.#run(async () => {
      const due = this.#due(modelKey, atMs).limit(limit);
      return parsed(pendingRecord, await due.toArray(), 'pending');
    });
  }

  nextDueAtMs(modelKey: string): Promise<number | null> {
    return this.#run(async () => {
      const [key] = await this.#due(modelKey, Infinity).limit(1).keys();
      return key === undefined ? null : (key as unknown as [string, number])[1];
    });
  }

  #due(modelKey: string, atMs: number) {
    return this.#database.pending
      .where('[modelKey+dueAtMs]')
      .between([modelKey, Dexie.minKey], [modelKey, atMs], true, true);
  }

  settle(experiences: readonly ExperienceRecord[], updates: readonly SettledUpdate[]): Promise<AppendResult> {
    return this.#withRoom(() =>
      this.#log.append(experiences, ['pending'], (transaction) =>
        mergePending(transaction, updates, (stored, update) =>
          withUpdate(stored, update, experiences[0]?.observedAtMs ?? update.dueAtMs ?? 0),
        ),
      ),
    );
  }

  appendExperiences(experiences: readonly ExperienceRecord[]): Promise<AppendResult> {
    return this.#withRoom(() => this.#log.append(experiences));
  }

  experiencesAfter(modelKey: string, position: number, limit: number): Promise<StoredExperience[]> {
    return this.#log.after(modelKey, position, limit);
  }

  experiencesAt(positions: readonly number[], replayOf?: string): Promise<StoredExperience[]> {
    return experiencesAt(this.#database, positions, replayOf);
  }

  countExperiencesAfter(modelKey: string, position: number): Promise<number> {
    return this.#log.countAfter(modelKey, position);
  }

  putCheckpoint(checkpoint: CheckpointRecord, keep: number, added: readonly VersionRecord[] = []): Promise<boolean> {
    const { modelKey, epoch = 0 } = checkpoint;
    return this.#database.transact('rw', [...ledgerTables, 'versions'], async (transaction) => {
      const { models } = await readLedger(transaction);
      if (epoch < (models.get(modelKey)?.epoch ?? 0)) return false;
      await transaction.table('checkpoints').put(checkpoint);
      await addVersions(transaction, added);
      await dropCheckpoints(transaction, modelKey, keep);
      return true;
    });
  }

  checkpoints(modelKey: string, skip = 0, limit = Infinity): Promise<(CheckpointRecord | Error)[]> {
    return this.#run(async () => {
      const { checkpoints } = this.#database;
      const rows = await checkpoints
        .where(':id')
        .between(...allOf(modelKey))
        .reverse()
        .offset(skip)
        .limit(limit)
        .toArray();
      return rows.map(parseCheckpoint);
    });
  }

  epoch(modelKey: string): Promise<number> {
    return this.#database.transact('r', ledgerTables, async (transaction) => {
      const { models } = await readLedger(transaction);
      return models.get(modelKey)?.epoch ?? 0;
    });
  }

  overrule(checkpoint: Omit<CheckpointRecord, 'generation' | 'epoch'>, only: boolean): Promise<void> {
    return this.#versions.overrule(checkpoint, only);
  }

  version(modelKey: string, digest: string): Promise<VersionRecord | undefined> {
    return this.#versions.version(modelKey, digest);
  }

  versions(modelKey: string): Promise<VersionSummary[]> {
    return this.#versions.versions(modelKey);
  }

  pruneVersions(modelKey: string, keep: readonly string[], maxBytes: number): Promise<number> {
    return this.#versions.pruneVersions(modelKey, keep, maxBytes);
  }

  putReview(review: ReviewRecord, audit: readonly AuditEntry[], expected: ReviewState | null): Promise<boolean> {
    return this.#withRoom(() => this.#reviews.putReview(review, audit, expected));
  }

  review(reviewId: string): Promise<ReviewRecord | undefined> {
    return this.#reviews.review(reviewId);
  }

  reviews(taskId: string, state: ReviewState, limit: number): Promise<ReviewRecord[]> {
    return this.#reviews.reviews(taskId, state, limit);
  }

  countReviews(taskId: string, state: ReviewState): Promise<number> {
    return this.#reviews.countReviews(taskId, state);
  }

  appendAudit(entries: readonly AuditEntry[]): Promise<void> {
    return this.#withRoom(() => this.#reviews.appendAudit(entries));
  }

  audit(taskId: string, after: number, limit: number): Promise<AuditRecord[]> {
    return this.#reviews.audit(taskId, after, limit);
  }

  knowledge(modelKey: string): Promise<KnowledgeRecord[]> {
    return this.#run(async () => {
      const rows = await this.#database.knowledge
        .where('[modelKey+kind+key]')
        .between(...allOf(modelKey))
        .toArray();
      const records = parsed(knowledgeRecord, rows, 'knowledge');
      return records.filter(({ supersededAtMs }) => supersededAtMs === null);
    });
  }

  knowledgeHistory(modelKey: string, kind: string, key: string): Promise<KnowledgeRecord[]> {
    return this.#database.transact('r', ['knowledge'], async (transaction) => {
      const history = await historyOf(transaction, modelKey, kind, key);
      return history.sort((a, b) => b.revision - a.revision);
    });
  }

  putKnowledge(records: readonly KnowledgeRecord[], state: unknown, modelKey: string): Promise<void> {
    return this.#database.transact('rw', ['knowledge', 'settings'], async (transaction) => {
      const lists = byKindAndKey(records);
      for (let start = 0; start < lists.length; start += HISTORIES)
        await addToHistories(transaction, modelKey, lists.slice(start, start + HISTORIES));
      await transaction.table('settings').put({ key: consolidationKey(modelKey), value: state });
    });
  }

  setting(key: string): Promise<unknown> {
    return this.#run(async () => {
      const row = await this.#database.settings.get(key);
      return isSettingRow(row) ? row.value : undefined;
    });
  }

  putSetting(key: string, value: unknown): Promise<void> {
    return this.#run(async () => void (await this.#database.settings.put({ key, value })));
  }

  usage(): Promise<readonly UsageRecord[]> {
    return this.#log.usage();
  }

  prune(request: PruneRequest): Promise<PruneReport> {
    return prune(this.#database, request);
  }

  relieve(share: number, upTo: Readonly<Record<string, number>> = {}): Promise<PruneReport> {
    return relieve(this.#database, share, upTo);
  }

  async forget(request: ForgetRequest): Promise<ForgetReport> {
    checkForgetRequest(request);
    return forget(this.#database, request);
  }

  async count(): Promise<Readonly<Record<TableName, number>>> {
    const counts = await Promise.all(
      tableNames.map(async (table) => {
        const count = table === 'experiences' ? this.#log.count() : this.#run(() => this.#database[table].count());
        return [table, await count] as const;
      }),
    );
    return Object.fromEntries(counts) as Record<TableName, number>;
  }

  pages(table: TableName): AsyncIterable<readonly unknown[]> {
    return table === 'experiences' ? this.#log.pages() : this.#pages(table);
  }

  async *#pages(table: TableName): AsyncIterable<readonly unknown[]> {
    for (let last: unknown = Dexie.minKey; ;) {
      const after = last;
      const [keys, page] = await this.#database.transact('r', [table], (transaction) => {
        const range = transaction.table<unknown, unknown>(table).where(':id').above(after).limit(PAGE);
        return Promise.all([range.primaryKeys(), range.toArray()]);
      });
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
      last = keys.at(-1);
    }
  }

  close(): void {
    this.#database.close();
  }

  #run<T>(operation: () => PromiseLike<T>): Promise<T> {
    return this.#database.run(operation);
  }

  /** Where there is no room for it, some is made, once. */
  async #withRoom<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (caught) {
      if (asTendrilError(caught).code !== 'STORAGE_QUOTA') throw caught;
      // What fails here is not what was asked for.
      await this.relieve(RELIEF).catch(() => undefined);
      return write();
    }
  }
}

async function mergePending<T extends { readonly decisionId: string }>(
  transaction: Transaction,
  given: readonly T[],
  merge: (stored: PendingRecord | undefined, given: T) => PendingRecord,
): Promise<void> {
  if (given.length === 0) return;
  const table = transaction.table<unknown, string>('pending');
  const stored = await table.bulkGet(given.map(({ decisionId }) => decisionId));
  const merged = new Map<string, PendingRecord>();
  given.forEach((one, index) => {
    const before = merged.get(one.decisionId) ?? optional(pendingRecord, stored[index], 'pending');
    merged.set(one.decisionId, merge(before, one));
  });
  await table.bulkPut([...merged.values()]);
}

async function historyOf(transaction: Transaction, modelKey: string, kind: string, key: string) {
  const table = transaction.table<unknown, string>('knowledge');
  const rows = await table.where('[modelKey+kind+key]').equals([modelKey, kind, key]).toArray();
  return parsed(knowledgeRecord, rows, 'knowledge');
}

/** @param lists of one kind and key each */
async function addToHistories(
  transaction: Transaction,
  modelKey: string,
  lists: readonly (readonly KnowledgeRecord[])[],
): Promise<void> {
  const table = transaction.idbtrans.objectStore('knowledge');
  const index = table.index('[modelKey+kind+key]');
  const keys = lists.flatMap(([first]) => (first ? [[modelKey, first.kind, first.key]] : []));
  const histories = await answersOf<unknown[]>(keys.map((key) => index.getAll(key)));
  lists.forEach((added, place) => {
    const { put, dropped } = changedHistory(parsed(knowledgeRecord, histories[place] ?? [], 'knowledge'), added);
    for (const record of put) send(table.put(record));
    for (const id of dropped) send(table.delete(id));
  });
}

/** One that does not say what it has learned is damaged, and counts as having learned nothing. */
async function dropCheckpoints(transaction: Transaction, modelKey: string, keep: number): Promise<void> {
  const table = transaction.table<unknown, [string, number]>('checkpoints');
  const keys = await table
    .where(':id')
    .between(...allOf(modelKey))
    .primaryKeys();
  const sizes = await table
    .where('[modelKey+generation+learnedTo]')
    .between(...allOf(modelKey))
    .keys();
  const learnedTo = new Map(
    (sizes as unknown as [string, number, number][]).map(([, generation, to]) => [generation, to]),
  );
  const kept = keys.map(([, generation]) => ({ generation, learnedTo: learnedTo.get(generation) ?? 0 }));
  await table.bulkDelete(checkpointsToDrop(kept, keep).map((generation) => [modelKey, generation]));
}

function optional<T>(schema: Parameters<typeof parseRecord<T>>[0], row: unknown, table: string): T | undefined {
  return row === undefined ? undefined : parseRecord(schema, row, table);
}

function parsed<T>(schema: Parameters<typeof parseRecord<T>>[0], rows: readonly unknown[], table: string): T[] {
  return rows.map((row) => parseRecord(schema, row, table));
}

function parseCheckpoint(row: unknown): CheckpointRecord | Error {
  try {
    return parseRecord(checkpointRecord, row, 'checkpoints');
  } catch (caught) {
    return asTendrilError(caught);
  }
}

function isSettingRow(row: unknown): row is { value: unknown } {
  return typeof row === 'object' && row !== null && 'value' in row;
}
