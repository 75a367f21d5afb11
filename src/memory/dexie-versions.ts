import { Dexie, type Transaction } from 'dexie';
import type { Database } from './database.ts';
import { allOf } from './model-range.ts';
import { ledgerTables, modelLedger, readLedger, writeLedger } from './ledger.ts';
import { isRecord, parseRecord, versionRecord, type CheckpointRecord, type VersionRecord } from './records.ts';
import type { VersionSummary } from './store.ts';
import { summariesOf, versionsToDrop } from './version-retention.ts';

type Key = [modelKey: string, digest: string];

/** Versions of models in IndexedDB: see the methods of the same names of `Store`. */
export class DexieVersions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  overrule(checkpoint: Omit<CheckpointRecord, 'generation' | 'epoch'>, only: boolean): Promise<void> {
    const { modelKey } = checkpoint;
    return this.#database.transact('rw', ledgerTables, async (transaction) => {
      const ledger = await readLedger(transaction);
      const model = modelLedger(ledger, modelKey);
      model.epoch++;
      await writeLedger(transaction, ledger);
      const table = transaction.table<unknown, [string, number]>('checkpoints');
      const others = await table
        .where(':id')
        .between(...allOf(modelKey))
        .primaryKeys();
      if (only) await table.bulkDelete(others);
      const generation = (others.at(-1)?.[1] ?? 0) + 1;
      await table.put({ ...checkpoint, generation, epoch: model.epoch });
    });
  }

  version(modelKey: string, digest: string): Promise<VersionRecord | undefined> {
    return this.#database.run(async () => {
      const row = await this.#database.versions.get([modelKey, digest]);
      return row === undefined ? undefined : parseRecord(versionRecord, row, 'versions');
    });
  }

  versions(modelKey: string): Promise<VersionSummary[]> {
    return this.#database.run(() => summaries(this.#database, modelKey));
  }

  pruneVersions(modelKey: string, keep: readonly string[], maxBytes: number): Promise<number> {
    return this.#database.transact('rw', ['versions'], async (transaction) => {
      const dropped = versionsToDrop(await summaries(transaction, modelKey), keep, maxBytes);
      await transaction.table<unknown, Key>('versions').bulkDelete(dropped.map((digest): Key => [modelKey, digest]));
      return dropped.length;
    });
  }
}

async function summaries(tables: Pick<Transaction, 'table'>, modelKey: string): Promise<VersionSummary[]> {
  const rows: unknown[] = await tables
    .table('versions')
    .where('[modelKey+trainedTo]')
    .between(...allOf(modelKey))
    .toArray();
  const records = rows.filter((row) => isRecord<VersionRecord>(versionRecord, row));
  return summariesOf(records);
}

/** A version is what its name says: one that is there stays. */
export async function addVersions(transaction: Transaction, versions: readonly VersionRecord[]): Promise<void> {
  if (versions.length > 0) await transaction.table('versions').bulkPut(versions);
}

/** Those that have learned `first` or what came after it. @returns how many went */
export function forgetVersions(
  transaction: Transaction,
  modelKey: string,
  first: number | null,
): Promise<number> | number {
  if (first === null) return 0;
  return transaction
    .table('versions')
    .where('[modelKey+trainedTo]')
    .between([modelKey, first], [modelKey, Dexie.maxKey], true, true)
    .delete();
}
