import type { Transaction } from 'dexie';
import type { Database } from './database.ts';
import { parseExperience, type StoredExperience } from './records.ts';
import { decodeRow } from './log-row.ts';
import { answersOf } from './requests.ts';
import { parseSegment } from './segment.ts';

/** Positions that may be missing on a shelf before it is filled anew. */
const STALE = 32;

/** Copies of what a replay buffer refers to. */
interface Shelf {
  readonly modelKey: string;
  readonly positions: readonly number[];
  /** [positions], as in a segment; null for a position that is not in the log. */
  readonly rows: readonly unknown[];
}

/** Rows by position, as in a segment. */
type Rows = Map<number, unknown>;

/** Reads experiences wherever they lie in the log. */
export async function experiencesAt(
  database: Database,
  positions: readonly number[],
  replayOf: string | undefined,
): Promise<StoredExperience[]> {
  const rows =
    replayOf === undefined ? await readApart(database, positions) : await readShelf(database, positions, replayOf);
  return positions.flatMap((position) => {
    const row = rows.get(position) ?? null;
    return row === null ? [] : parseExperience(withPosition(decodeRow(row), position));
  });
}

function readApart(database: Database, positions: readonly number[]): Promise<Rows> {
  return database.transact('r', ['segments'], (transaction) => readRows(transaction, positions));
}

async function readShelf(database: Database, positions: readonly number[], modelKey: string): Promise<Rows> {
  const tables = ['segments', 'shelves'];
  const found = await database.transact('r', tables, async (transaction) => {
    const shelf = await transaction.table<unknown, string>('shelves').get(modelKey);
    const known = isShelf(shelf) ? shelf : { modelKey, positions: [], rows: [] };
    const shelved = new Set(known.positions);
    const missing = positions.filter((position) => !shelved.has(position));
    if (missing.length > STALE) return null;
    const rows: Rows = new Map(known.positions.map((position, place) => [position, known.rows[place]]));
    if (missing.length === 0) return rows;
    for (const [position, row] of await readRows(transaction, missing)) rows.set(position, row);
    return rows;
  });
  return found ?? fillShelf(database, positions, modelKey);
}

/** Read and shelved in one transaction: what is forgotten meanwhile must not come onto the shelf. */
async function fillShelf(database: Database, positions: readonly number[], modelKey: string): Promise<Rows> {
  try {
    return await database.transact('rw', ['segments', 'shelves'], async (transaction) => {
      const rows = await readRows(transaction, positions);
      const shelf: Shelf = { modelKey, positions, rows: positions.map((position) => rows.get(position) ?? null) };
      await transaction.table('shelves').put(shelf);
      return rows;
    });
  } catch {
    // There may be no room for it: it only makes the next reading faster.
    return readApart(database, positions);
  }
}

/** Takes the shelf away if something on it is gone. */
export async function clearShelf(transaction: Transaction, modelKey: string, gone: ReadonlySet<number>): Promise<void> {
  const table = transaction.table<unknown, string>('shelves');
  const shelf = await table.get(modelKey);
  if (shelf !== undefined && !(isShelf(shelf) && shelf.positions.every((position) => !gone.has(position))))
    await table.delete(modelKey);
}

/** Positions that the replay buffer of a model referred to when it was last read. */
export async function shelvedPositions(transaction: Transaction, modelKey: string): Promise<readonly number[]> {
  const shelf = await transaction.table<unknown, string>('shelves').get(modelKey);
  return isShelf(shelf) ? shelf.positions : [];
}

/** By position. */
export async function readRows(transaction: Transaction, positions: readonly number[]): Promise<Rows> {
  const wanted = new Set(positions.filter((position) => Number.isSafeInteger(position) && position > 0));
  const keys = await segmentKeys(transaction, [...wanted]);
  const rows: Rows = new Map();
  for (const record of await transaction.table<unknown, number>('segments').bulkGet(keys)) {
    const segment = parseSegment(record);
    segment.positions.forEach((position, place) => {
      if (wanted.has(position)) rows.set(position, segment.rows[place]);
    });
  }
  return rows;
}

/** Keys of the segments that the positions lie in, if anywhere. */
async function segmentKeys(transaction: Transaction, positions: readonly number[]): Promise<number[]> {
  const store = transaction.idbtrans.objectStore('segments');
  const keys = await answersOf(positions.map((position) => store.getKey(IDBKeyRange.lowerBound(position))));
  return [...new Set(keys.filter((key) => typeof key === 'number'))];
}

function withPosition(experience: unknown, position: number): unknown {
  return typeof experience === 'object' && experience !== null ? Object.assign(experience, { position }) : experience;
}

function isShelf(value: unknown): value is Shelf {
  if (typeof value !== 'object' || value === null) return false;
  const { positions, rows } = value as Record<keyof Shelf, unknown>;
  return Array.isArray(positions) && Array.isArray(rows) && positions.length === rows.length;
}
