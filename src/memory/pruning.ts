import { Dexie, type Transaction } from 'dexie';
import type { Database } from './database.ts';
import { modelLedger, readLedger } from './ledger.ts';
import { parseSegment, rowAt, type Segment } from './segment.ts';
import { removalTables, removeRows } from './segment-removal.ts';
import type { DecisionRecord, StoredExperience } from './records.ts';
import type { PendingRecord, SignalRecord } from './signal-records.ts';
import type { PruneReport, PruneRequest } from './store.ts';

/** Segments, decisions or signals looked at in one transaction: what is written meanwhile waits no longer than for these. */
export const SEGMENTS = 64;
const RECORDS = 1000;

export type Report = { -readonly [name in keyof PruneReport]: PruneReport[name] };

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

export async function pruneBySize(
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

export async function segmentsAfter(transaction: Transaction, modelKey: string, last: number): Promise<Segment[]> {
  const found = transaction
    .table<unknown, number>('segments')
    .where('[modelKey+last+size]')
    .between([modelKey, last + 1], [modelKey, Dexie.maxKey])
    .limit(SEGMENTS);
  return (await found.toArray()).map(parseSegment);
}

export async function pruneDecisions(
  database: Database,
  modelKey: string,
  beforeMs: number,
  report: Report,
): Promise<void> {
  for (let passed = 0, more = true; more;) {
    const slice = await database.transact('rw', ['decisions', 'pending', 'reviews'], async (transaction) => {
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
      await transaction.table<unknown, string>('reviews').where('decisionId').anyOf(gone).delete();
      return { gone: gone.length, found: ids.length };
    });
    report.decisions += slice.gone;
    passed += slice.found - slice.gone;
    more = slice.found === RECORDS;
  }
}

/** Those of the model, and those of no model, which age no less. */
export async function pruneSignals(
  database: Database,
  modelKey: string,
  beforeMs: number,
  report: Report,
): Promise<void> {
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

function add(report: Report, removed: { readonly experiences: number; readonly bytes: number }): void {
  report.experiences += removed.experiences;
  report.bytes += removed.bytes;
}

function timeOf(row: unknown): number {
  const { observedAtMs } = (row ?? {}) as Partial<StoredExperience>;
  return typeof observedAtMs === 'number' ? observedAtMs : NaN;
}
