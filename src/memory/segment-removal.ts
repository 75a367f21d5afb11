import type { Transaction } from 'dexie';
import { clearShelf } from './experiences-at.ts';
import { removeDigests } from './id-runs.ts';
import { ledgerTables, modelLedger, readLedger, writeLedger } from './ledger.ts';
import { encodedBytes } from './log-row.ts';
import { rowAt, without, type Segment } from './segment.ts';

/** The tables that a transaction has to have to remove experiences. */
export const removalTables = [...ledgerTables, 'digests', 'shelves'] as const;

export interface Removed {
  experiences: number;
  bytes: number;
  /** In the order in which they went. */
  readonly positions: number[];
  readonly experienceIds: Set<string>;
}

/** Whether an experience goes. @param experience not parsed: it may be damaged @param bytes its size */
export type Goes = (experience: unknown, position: number, bytes: number) => boolean;

/**
 * Removes experiences of one model within one transaction: those that `goes` says, asked in order.
 * @param mayGo spares decoding a row that surely stays
 */
export async function removeRows(
  transaction: Transaction,
  modelKey: string,
  segments: readonly Segment[],
  goes: Goes,
  mayGo: (row: unknown) => boolean = () => true,
): Promise<Removed> {
  const removed: Removed = { experiences: 0, bytes: 0, positions: [], experienceIds: new Set() };
  const [emptied, changed]: [number[], Segment[]] = [[], []];
  for (const segment of segments) {
    const gone = goneOf(segment, goes, mayGo, removed);
    if (gone.size === 0) continue;
    const left = without(segment, gone);
    if (left.size === 0) emptied.push(segment.last);
    else changed.push(left);
    removed.experiences += gone.size;
    removed.bytes += segment.bytes - left.bytes;
  }
  if (removed.experiences === 0) return removed;
  const table = transaction.table<unknown, number>('segments');
  await table.bulkDelete(emptied);
  await table.bulkPut(changed);
  await removeDigests(transaction, removed.positions);
  await clearShelf(transaction, modelKey, new Set(removed.positions));
  const ledger = await readLedger(transaction);
  const model = modelLedger(ledger, modelKey);
  model.experiences -= removed.experiences;
  model.bytes -= removed.bytes;
  await writeLedger(transaction, ledger);
  return removed;
}

function goneOf(segment: Segment, goes: Goes, mayGo: (row: unknown) => boolean, removed: Removed): Set<number> {
  const gone = new Set<number>();
  segment.positions.forEach((position, place) => {
    if (!mayGo(segment.rows[place])) return;
    const experience = rowAt(segment, place);
    if (!goes(experience, position, encodedBytes(segment.rows[place]))) return;
    gone.add(position);
    removed.positions.push(position);
    const { experienceId } = (experience ?? {}) as { experienceId?: unknown };
    if (typeof experienceId === 'string') removed.experienceIds.add(experienceId);
  });
  return gone;
}
