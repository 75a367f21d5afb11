import { Dexie, type Transaction } from 'dexie';
import type { Database } from './database.ts';
import { shelvedPositions } from './experiences-at.ts';
import { modelLedger, readLedger } from './ledger.ts';
import { learnedByAll } from './relief.ts';
import { parseSegment, rowAt, type Segment } from './segment.ts';
import { removalTables, removeRows } from './segment-removal.ts';
import type { DecisionRecord, StoredExperience } from './records.ts';
import type { PendingRecord, SignalRecord } from './signal-records.ts';
import type { PruneReport, PruneRequest } from './store.ts';

/** Segments, decisions or signals looked at in one transaction: what is written meanwhile waits no longer than for these. */
const SEGMENTS = 64;
const RECORDS = 1000;

type Report = { -readonly [name in keyof PruneReport]: PruneReport[name] };

export async function prune(database: Database, request: PruneRequest): Promise<PruneReport> {
  const report = { experiences: 0, bytes: 0, decisions: 0, signals: 0 };
  const { modelKey, beforeMs, maxBytes, upTo } = request;
  const kept = new Set(request.keep);
  const stays = (position: number) => position > upTo || kept.has(position);
  if (beforeMs !== undefined) {
    await pruneByAge(database, modelKey, beforeMs, stays, report);
    await pruneDecisions(database, modelKey, beforeMs, report);
    await pruneSignals(database, modelKey, beforeMs, report);
  }
  if (maxBytes !== undefined) await pruneBySize(database, modelKey, maxBytes, stays, report);
  return report;
}

/** In slices over the segments that have something older than `beforeMs`; those that keep it are passed over by their number. */
async function pruneByAge(
  database: Database,
  modelKey: string,
  beforeMs: number,
  stays: (position: number) => boolean,
  report: Report,
): Promise<void> {
  const isOld = (row: unknown) => !(timeOf(row) >= beforeMs);
  for (let passed = 0, more = true; more;) {
    const slice = await database.transact('rw', removalTables, async (transaction) => {
      const segments = await transaction
        .table<unknown, number>('segments')
        .where('[modelKey+fromMs]')
        .between([modelKey, Dexie.minKey], [modelKey, beforeMs], true, false)
        .offset(passed)
        .limit(SEGMENTS)
        .toArray();
      const old = segments.map(parseSegment);
      const removed = await removeRows(transaction, modelKey, old, (row, at) => isOld(row) && !stays(at));
      const staying = old.filter((segment) =>
        segment.positions.some((at, place) => stays(at) && isOld(rowAt(segment, place))),
      );
      return { removed, found: old.length, staying: staying.length };
    });
    add(report, slice.removed);
    passed += slice.staying;
    more = slice.found === SEGMENTS;
  }
}

async function pruneBySize(
  database: Database,
  modelKey: string,
  maxBytes: number,
  stays: (position: number) => boolean,
  report: Report,
): Promise<void> {
  for (let after: number | null = 0; after !== null;) {
    const last: number = after;
    const slice = await database.transact('rw', removalTables, async (transaction) => {
      let surplus = modelLedger(await readLedger(transaction), modelKey).bytes - maxBytes;
      if (surplus <= 0) return null;
      const segments = await segmentsAfter(transaction, modelKey, last);
      const removed = await removeRows(transaction, modelKey, segments, (_row, position, bytes) => {
        if (surplus <= 0 || stays(position)) return false;
        surplus -= bytes;
        return true;
      });
      return { removed, next: segments.length === SEGMENTS ? (segments.at(-1)?.last ?? null) : null };
    });
    if (slice) add(report, slice.removed);
    after = slice?.next ?? null;
  }
}

async function segmentsAfter(transaction: Transaction, modelKey: string, last: number): Promise<Segment[]> {
  const found = transaction
    .table<unknown, number>('segments')
    .where('[modelKey+last+size]')
    .between([modelKey, last + 1], [modelKey, Dexie.maxKey])
    .limit(SEGMENTS);
  return (await found.toArray()).map(parseSegment);
}

async function pruneDecisions(database: Database, modelKey: string, beforeMs: number, report: Report): Promise<void> {
  for (let passed = 0, more = true; more;) {
    const slice = await database.transact('rw', ['decisions', 'pending'], async (transaction) => {
      const decisions = transaction.table<DecisionRecord, string>('decisions');
      const ids = await decisions
        .where('[modelKey+decidedAtMs]')
        .between([modelKey, Dexie.minKey], [modelKey, beforeMs], true, false)
        .offset(passed)
        .limit(RECORDS)
        .primaryKeys();
      const due = await dueAmong(transaction, ids);
      const gone = ids.filter((id) => !due.has(id));
      await decisions.bulkDelete(gone);
      await transaction.table<unknown, string>('pending').bulkDelete(gone);
      return { gone: gone.length, found: ids.length };
    });
    report.decisions += slice.gone;
    passed += slice.found - slice.gone;
    more = slice.found === RECORDS;
  }
}

/** Those of the model, and those of no model, which age no less. */
async function pruneSignals(database: Database, modelKey: string, beforeMs: number, report: Report): Promise<void> {
  for (let passed = 0, more = true; more;) {
    const slice = await database.transact('rw', ['signals', 'pending'], async (transaction) => {
      const table = transaction.table<Partial<SignalRecord>, string>('signals');
      const old = await table.where('atMs').below(beforeMs).offset(passed).limit(RECORDS).toArray();
      const due = await dueAmong(
        transaction,
        old.flatMap(({ decisionId }) => decisionId ?? []),
      );
      const gone = old.filter(
        (signal) =>
          (signal.modelKey === modelKey || typeof signal.modelKey !== 'string') && !due.has(signal.decisionId ?? ''),
      );
      await table.bulkDelete(gone.flatMap(({ signalId }) => signalId ?? []));
      return { gone: gone.length, found: old.length };
    });
    report.signals += slice.gone;
    passed += slice.found - slice.gone;
    more = slice.found === RECORDS;
  }
}

/** Those of the decisions that wait for something. */
async function dueAmong(transaction: Transaction, decisionIds: readonly string[]): Promise<Set<string>> {
  const ids = [...new Set(decisionIds)];
  const records = await transaction.table<Partial<PendingRecord> | undefined, string>('pending').bulkGet(ids);
  return new Set(ids.filter((_, index) => typeof records[index]?.dueAtMs === 'number'));
}

/** See `Store.relieve`. */
export async function relieve(
  database: Database,
  share: number,
  upTo: Readonly<Record<string, number>>,
): Promise<PruneReport> {
  const total = { experiences: 0, bytes: 0, decisions: 0, signals: 0 };
  const modelKeys = await database.transact('r', [...removalTables, 'decisions'], modelsWithData);
  for (const modelKey of modelKeys) {
    const plan = await database.transact('r', [...removalTables, 'decisions'], async (transaction) => ({
      modelKey,
      keep: await shelvedPositions(transaction, modelKey),
      upTo: upTo[modelKey] ?? (await learnedPosition(transaction, modelKey)),
      maxBytes: modelLedger(await readLedger(transaction), modelKey).bytes * (1 - share),
      beforeMs: await decidedAtShare(transaction, modelKey, share),
    }));
    const kept = new Set(plan.keep);
    await pruneBySize(
      database,
      modelKey,
      plan.maxBytes,
      (position) => position > plan.upTo || kept.has(position),
      total,
    );
    await pruneDecisions(database, modelKey, plan.beforeMs, total);
    await pruneSignals(database, modelKey, plan.beforeMs, total);
  }
  return total;
}

/** Models that have experiences or decisions. */
async function modelsWithData(transaction: Transaction): Promise<Set<string>> {
  const modelKeys = new Set((await readLedger(transaction)).models.keys());
  const decisions = transaction.table<unknown, string>('decisions');
  for (let last: unknown = Dexie.minKey; ;) {
    const [key] = await decisions.where('[modelKey+decidedAtMs]').above(last).limit(1).keys();
    if (key === undefined) return modelKeys;
    const [modelKey] = key as unknown as [string, number];
    modelKeys.add(modelKey);
    last = [modelKey, Dexie.maxKey];
  }
}

/** The time before which this share of the model's decisions was made. */
async function decidedAtShare(transaction: Transaction, modelKey: string, share: number): Promise<number> {
  const ofModel = () =>
    transaction
      .table<unknown, string>('decisions')
      .where('[modelKey+decidedAtMs]')
      .between([modelKey, Dexie.minKey], [modelKey, Dexie.maxKey]);
  const count = await ofModel().count();
  const [key] = await ofModel()
    .offset(Math.floor(share * count))
    .limit(1)
    .keys();
  if (key === undefined) return count === 0 ? -Infinity : Infinity;
  return (key as unknown as [string, number])[1];
}

async function learnedPosition(transaction: Transaction, modelKey: string): Promise<number> {
  const keys = await transaction
    .table('checkpoints')
    .where('[modelKey+generation+learnedTo]')
    .between([modelKey, Dexie.minKey], [modelKey, Dexie.maxKey])
    .reverse()
    .keys();
  return learnedByAll(keys.map((key) => ({ learnedTo: Number((key as unknown as number[])[2]) })));
}

function add(report: Report, removed: { readonly experiences: number; readonly bytes: number }): void {
  report.experiences += removed.experiences;
  report.bytes += removed.bytes;
}

function timeOf(row: unknown): number {
  const { observedAtMs } = (row ?? {}) as Partial<StoredExperience>;
  return typeof observedAtMs === 'number' ? observedAtMs : NaN;
}
