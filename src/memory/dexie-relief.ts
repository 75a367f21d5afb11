import { Dexie, type Transaction } from 'dexie';
import { asTendrilError } from '../errors.ts';
import type { Database } from './database.ts';
import { shelvedPositions } from './experiences-at.ts';
import { allOf } from './model-range.ts';
import { ledgerTables, modelLedger, readLedger } from './ledger.ts';
import { pruneBySize, pruneDecisions, pruneSignals, SEGMENTS, segmentsAfter, type Report } from './pruning.ts';
import { learnedByAll } from './relief.ts';
import { removeDigests } from './id-runs.ts';
import type { Segment } from './segment.ts';
import { removalTables } from './segment-removal.ts';
import type { PruneReport } from './store.ts';

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
    await makeRoom(database, plan, total);
    await pruneDecisions(database, modelKey, plan.beforeMs, total);
    await pruneSignals(database, modelKey, plan.beforeMs, total);
  }
  return total;
}

interface Plan {
  readonly modelKey: string;
  readonly keep: readonly number[];
  readonly upTo: number;
  readonly maxBytes: number;
}

/** Where not even the rest of a record can be written anew, whole ones go. */
async function makeRoom(database: Database, { modelKey, keep, upTo, maxBytes }: Plan, report: Report): Promise<void> {
  const kept = new Set(keep);
  const stays = (position: number) => position > upTo || kept.has(position);
  try {
    await pruneBySize(database, modelKey, maxBytes, stays, report);
  } catch (caught) {
    if (asTendrilError(caught).code !== 'STORAGE_QUOTA') throw caught;
    await deleteOldest(database, modelKey, maxBytes, stays, report);
  }
}

/**
 * Deletes segments that have nothing that stays, and writes nothing: a browser lets a full storage do no more. The ledger is told with the next append
 * (see `Database.owed`).
 */
async function deleteOldest(
  database: Database,
  modelKey: string,
  maxBytes: number,
  stays: (position: number) => boolean,
  report: Report,
): Promise<void> {
  for (let after: number | null = 0; after !== null;) {
    const last: number = after;
    const slice = await database.transact('rw', [...ledgerTables, 'digests'], async (transaction) => {
      const owed = database.owed.get(modelKey) ?? { experiences: 0, bytes: 0 };
      let surplus = modelLedger(await readLedger(transaction), modelKey).bytes - owed.bytes - maxBytes;
      const gone: Segment[] = [];
      const segments = await segmentsAfter(transaction, modelKey, last);
      for (const segment of segments) {
        if (surplus <= 0 || segment.positions.some(stays)) continue;
        surplus -= segment.bytes;
        gone.push(segment);
      }
      await transaction.table<unknown, number>('segments').bulkDelete(gone.map((segment) => segment.last));
      const positions = gone.flatMap((segment) => segment.positions);
      await removeDigests(transaction, positions, false);
      const more = surplus > 0 && segments.length === SEGMENTS;
      return { gone, next: more ? (segments.at(-1)?.last ?? null) : null };
    });
    for (const { size, bytes } of slice.gone) {
      const owed = database.owed.get(modelKey) ?? { experiences: 0, bytes: 0 };
      database.owed.set(modelKey, { experiences: owed.experiences + size, bytes: owed.bytes + bytes });
      report.experiences += size;
      report.bytes += bytes;
    }
    after = slice.next;
  }
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
      .between(...allOf(modelKey));
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
    .between(...allOf(modelKey))
    .reverse()
    .keys();
  return learnedByAll(keys.map((key) => ({ learnedTo: Number((key as unknown as number[])[2]) })));
}
