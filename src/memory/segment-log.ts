import { Dexie, type Transaction } from 'dexie';
import { TendrilError } from '../errors.ts';
import type { Database } from './database.ts';
import { ledgerTables, modelLedger, readLedger, writeLedger } from './ledger.ts';
import { parseExperience, type ExperienceRecord, type StoredExperience } from './records.ts';
import { idKey, isSegment, parseSegment, rowAt, toSegments, type Segment } from './segment.ts';
import type { AppendResult, UsageRecord } from './store.ts';

/** Segments read at first, when nothing is known of their length. */
const FIRST_PAGE = 4;

/** Thrown inside a transaction, where an id was found to be taken: it has to be done again, with a look at what is there. */
class Taken extends Error {}

/** The episodic log in IndexedDB. */
export class SegmentLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Appends in one transaction, together with what `also` does over `tables`. New experiences are the rule: that none of them is there is left to the
   * index to find out, and only if it says no they are looked up.
   */
  async append(
    experiences: readonly ExperienceRecord[],
    tables: readonly string[] = [],
    also?: (transaction: Transaction) => Promise<void>,
  ): Promise<AppendResult> {
    const attempt = (lookUp: boolean) =>
      this.#database.transact('rw', [...ledgerTables, ...tables], async (transaction) => {
        await also?.(transaction);
        const known = lookUp ? await positionsOf(transaction, experiences) : new Map<string, number>();
        return appendFresh(transaction, experiences, known, paid);
      });
    const { owed } = this.#database;
    const paid = new Map(owed);
    const result = await attempt(false).catch((caught: unknown) => {
      if (!(caught instanceof TendrilError && caught.cause instanceof Taken)) throw caught;
      return attempt(true);
    });
    if (result.duplicates < experiences.length) settleDebt(owed, paid);
    return result;
  }

  async after(modelKey: string, position: number, limit: number): Promise<StoredExperience[]> {
    const rows: unknown[] = [];
    const ofModel = (last: number) => this.#ofModelAfter(modelKey, last);
    await this.#database.transact('r', ['segments'], async () => {
      // Nothing of what an earlier attempt on a lost connection has read.
      rows.length = 0;
      let [last, page, read] = [position, Math.min(limit, FIRST_PAGE), 0];
      while (rows.length < limit && page > 0) {
        const segments = (await ofModel(last).limit(page).toArray()).map(parseSegment);
        for (const segment of segments) rows.push(...rowsAfter(segment, position));
        if (segments.length < page) return;
        read += page;
        last = segments.at(-1)?.last ?? last;
        const perSegment = Math.max(1, rows.length / read);
        page = Math.ceil((limit - rows.length) / perSegment);
      }
    });
    return rows.slice(0, limit).map(parseExperience);
  }

  /** Segments of a model that end after a position, in order. */
  #ofModelAfter(modelKey: string, position: number) {
    return this.#database.segments
      .where('[modelKey+last+size]')
      .between([modelKey, position + 1], [modelKey, Dexie.maxKey]);
  }

  async countAfter(modelKey: string, position: number): Promise<number> {
    return this.#database.transact('r', ledgerTables, async (transaction) => {
      if (position <= 0) return (await readLedger(transaction)).models.get(modelKey)?.experiences ?? 0;
      let count = 0;
      let first = true;
      const range = () => this.#ofModelAfter(modelKey, position);
      // The keys alone say how long the segments are; the first may begin before the position.
      await range().eachKey((key) => {
        if (!first) count += sizeIn(key);
        first = false;
      });
      const [segment] = await range().limit(1).toArray();
      return segment === undefined ? 0 : count + countAfter(parseSegment(segment), position);
    });
  }

  async count(): Promise<number> {
    return this.#database.transact('r', ledgerTables, async (transaction) => {
      const { models } = await readLedger(transaction);
      return [...models.values()].reduce((sum, { experiences }) => sum + experiences, 0);
    });
  }

  usage(): Promise<UsageRecord[]> {
    return this.#database.transact('r', ledgerTables, async (transaction) => {
      const { models } = await readLedger(transaction);
      const known = [...models].filter(([, { experiences }]) => experiences > 0).sort(([a], [b]) => (a < b ? -1 : 1));
      const usage: UsageRecord[] = [];
      for (const [modelKey, { experiences, bytes }] of known) {
        const [oldest] = await this.#ofModelAfter(modelKey, 0).limit(1).toArray();
        const row = oldest === undefined ? undefined : rowAt(parseSegment(oldest), 0);
        usage.push({ modelKey, experiences, bytes, oldestAtMs: timeOf(row) });
      }
      return usage;
    });
  }

  async *pages(): AsyncIterable<readonly unknown[]> {
    for (let last: number | null = 0; last !== null;) {
      const after: number = last;
      const page = await this.#database.transact('r', ['segments'], async () => {
        const found = this.#database.segments.where(':id').above(after).limit(FIRST_PAGE);
        const [keys, segments] = await Promise.all([found.primaryKeys(), found.toArray()]);
        return { keys, segments };
      });
      // A segment that is damaged itself is given out as it is.
      const rows = page.segments.flatMap((segment) => (isSegment(segment) ? rowsAfter(segment, 0) : [segment]));
      if (rows.length > 0) yield rows;
      last = page.keys.at(-1) ?? null;
    }
  }
}

/** Takes what was noted in the ledger off what was owed to it; more may have come to that meanwhile. */
function settleDebt(owed: Database['owed'], paid: Database['owed']): void {
  for (const [modelKey, { experiences, bytes }] of paid) {
    const now = owed.get(modelKey);
    const left = { experiences: (now?.experiences ?? 0) - experiences, bytes: (now?.bytes ?? 0) - bytes };
    if (left.experiences > 0) owed.set(modelKey, left);
    else owed.delete(modelKey);
  }
}

function sizeIn(key: unknown): number {
  return Array.isArray(key) && typeof key[2] === 'number' ? key[2] : 0;
}

function timeOf(row: unknown): number | null {
  const time = (row as Partial<StoredExperience> | undefined)?.observedAtMs;
  return typeof time === 'number' ? time : null;
}

function countAfter({ positions }: Segment, position: number): number {
  return positions.filter((at) => at > position).length;
}

function rowsAfter(segment: Segment, position: number): unknown[] {
  return segment.positions.flatMap((at, place) => (at > position ? rowAt(segment, place) : []));
}

/** Positions of those that are in the log, by id. */
async function positionsOf(
  transaction: Transaction,
  experiences: readonly ExperienceRecord[],
): Promise<Map<string, number>> {
  const table = transaction.table<unknown, number>('segments');
  const wanted = new Set(experiences.map(({ experienceId }) => experienceId));
  const keys = new Set(
    await table
      .where('ids')
      .anyOf([...wanted].map(idKey))
      .primaryKeys(),
  );
  const positions = new Map<string, number>();
  for (const record of await table.bulkGet([...keys])) {
    const segment = parseSegment(record);
    segment.positions.forEach((position, place) => {
      const { experienceId } = rowAt(segment, place) as Partial<StoredExperience>;
      if (experienceId !== undefined && wanted.has(experienceId)) positions.set(experienceId, position);
    });
  }
  return positions;
}

/** @param known positions of those that are there; those of the others are added */
async function appendFresh(
  transaction: Transaction,
  experiences: readonly ExperienceRecord[],
  known: Map<string, number>,
  owed: Database['owed'],
): Promise<AppendResult> {
  if (experiences.length === 0) return { positions: [], duplicates: 0 };
  const ledger = await readLedger(transaction);
  const fresh: StoredExperience[] = [];
  for (const experience of experiences) {
    if (known.has(experience.experienceId)) continue;
    known.set(experience.experienceId, ledger.next);
    fresh.push({ ...experience, position: ledger.next });
    ledger.next++;
  }
  const segments = toSegments(fresh);
  for (const { modelKey, size, bytes } of segments) {
    const model = modelLedger(ledger, modelKey);
    model.experiences += size;
    model.bytes += bytes;
  }
  for (const [modelKey, { experiences: count, bytes }] of owed) {
    const model = modelLedger(ledger, modelKey);
    model.experiences -= count;
    model.bytes -= bytes;
  }
  if (fresh.length > 0) await Promise.all([addSegments(transaction, segments), writeLedger(transaction, ledger)]);
  return {
    positions: experiences.map(({ experienceId }) => known.get(experienceId) ?? 0),
    duplicates: experiences.length - fresh.length,
  };
}

/** @throws Taken */
async function addSegments(transaction: Transaction, segments: readonly Segment[]): Promise<void> {
  try {
    await transaction.table('segments').bulkAdd(segments);
  } catch (caught) {
    if (caught instanceof Dexie.BulkError && Object.values(caught.failures).some(isConstraint)) throw new Taken();
    throw caught;
  }
}

function isConstraint(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConstraintError';
}
