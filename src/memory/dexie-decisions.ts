import { Dexie, type Table, type Transaction } from 'dexie';
import type { Database } from './database.ts';
import { decisionRecord, parseRecord, type DecisionRecord } from './records.ts';

/** Decisions in IndexedDB: see the methods of nearly the same names of `Store`. */
export class DexieDecisions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  decision(decisionId: string): Promise<DecisionRecord | undefined> {
    return this.#database.run(async () => {
      const row = await this.#database.decisions.get(decisionId);
      return row === undefined ? undefined : parse(row);
    });
  }

  amend(decisionId: string, amend: (stored: DecisionRecord) => DecisionRecord): Promise<void> {
    return this.#transact('rw', async (table) => {
      const row = await table.get(decisionId);
      if (row !== undefined) await table.put(amend(parse(row)));
    });
  }

  before(modelKey: string, atMs: number, limit: number): Promise<DecisionRecord[]> {
    return this.#transact('r', async (table) => {
      const before = byTime(table).between([modelKey, Dexie.minKey], [modelKey, atMs], true, false);
      return (await before.reverse().limit(limit).toArray()).map(parse);
    });
  }

  between(modelKey: string, afterMs: number, beforeMs: number, limit: number): Promise<DecisionRecord[]> {
    return this.#transact('r', async (table) => {
      const between = byTime(table).between([modelKey, afterMs], [modelKey, beforeMs], false, false);
      const page = (await between.limit(limit).toArray()).map(parse);
      const last = page.at(-1);
      if (!last || page.length < limit) return page;
      const atOnce = await byTime(table).equals([modelKey, last.decidedAtMs]).toArray();
      return [...page.filter(({ decidedAtMs }) => decidedAtMs < last.decidedAtMs), ...atOnce.map(parse)];
    });
  }

  #transact<T>(mode: 'r' | 'rw', operation: (table: Table<unknown, string>) => Promise<T>): Promise<T> {
    return this.#database.transact(mode, ['decisions'], (transaction: Transaction) =>
      operation(transaction.table<unknown, string>('decisions')),
    );
  }
}

const byTime = (table: Table<unknown, string>) => table.where('[modelKey+decidedAtMs]');

const parse = (row: unknown): DecisionRecord => parseRecord(decisionRecord, row, 'decisions');
