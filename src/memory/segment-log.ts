import { Dexie, type Transaction } from 'dexie';
import type { Database } from './database.ts';
import { readRows } from './experiences-at.ts';
import { digestOf, type Run } from './id-runs.ts';
import { KnownIds } from './known-ids.ts';
import { ledgerTables, modelLedger, readLedger, type Ledger } from './ledger.ts';
import { decodeRow, encodeRow } from './log-row.ts';
import { parseExperience, type ExperienceRecord, type StoredExperience } from './records.ts';
import { isSegment, parseSegment, rowAt, toSegments, type Segment } from './segment.ts';
import { send } from './requests.ts';
import type { AppendResult, UsageRecord } from './store.ts';

/** Segments read at first, when nothing is known of their length. */
const FIRST_PAGE = 4;

const appendTables = [...ledgerTables, 'digests'] as const;

/** The episodic log in IndexedDB. */
export class SegmentLog {
  readonly #database: Database;
  readonly #ids = new KnownIds();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Appends in one transaction, together with what `also` does over `tables`. */
  async append(
    experiences: readonly ExperienceRecord[],
    tables: readonly string[] = [],
    also?: (transaction: Transaction) => Promise<void>,
  ): Promise<AppendResult> {
    const { owed } = this.#database;
    const paid = new Map(owed);
    const appended = await this.#database.transact('rw', [...appendTables, ...tables], async (transaction) => {
      await also?.(transaction);
      return appendFresh(transaction, experiences, this.#ids, paid);
    });
    if (!appended) return { positions: [], duplicates: 0 };
    const { positions, runs, connection, first, next } = appended;
    this.#ids.adopt(runs, connection, first, next);
    if (next > first) settleDebt(owed, paid);
    return { positions, duplicates: experiences.length - (next - first) };
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
  digests: readonly number[],
  ids: KnownIds,
): Promise<Map<string, number>> {
  const suspected = digests.flatMap((digest) => ids.find(digest));
  const known = new Map<string, number>();
  if (suspected.length === 0) return known;
  const wanted = new Set(experiences.map(({ experienceId }) => experienceId));
  for (const [position, row] of await readRows(transaction, suspected)) {
    const { experienceId } = (decodeRow(row) ?? {}) as Partial<StoredExperience>;
    if (experienceId !== undefined && wanted.has(experienceId)) known.set(experienceId, position);
  }
  return known;
}

/** What an append has written. */
interface Appended {
  /** Of all that were given. */
  readonly positions: readonly number[];
  readonly runs: readonly Run[];
  readonly connection: unknown;
  readonly first: number;
  /** The position after the last one that is new. */
  readonly next: number;
}

/** Adds those that are not there. @returns undefined where nothing was given */
async function appendFresh(
  transaction: Transaction,
  experiences: readonly ExperienceRecord[],
  ids: KnownIds,
  owed: Database['owed'],
): Promise<Appended | undefined> {
  if (experiences.length === 0) return undefined;
  const reading = readLedger(transaction);
  // While the browser reads.
  const rows = experiences.map(encodeRow);
  const digests = experiences.map(({ experienceId }) => digestOf(experienceId));
  const ledger = await reading;
  const connection = transaction.idbtrans.db;
  await ids.catchUp(transaction, connection, ledger.next);
  const known = await positionsOf(transaction, experiences, digests, ids);
  const first = ledger.next;
  const fresh = experiences.flatMap(({ experienceId }, index) => {
    if (known.has(experienceId)) return [];
    known.set(experienceId, ledger.next++);
    return index;
  });
  const runs = ids.extended(first, pick(digests, fresh));
  const newPositions = fresh.map((_, index) => first + index);
  const segments = toSegments(pick(experiences, fresh), newPositions, pick(rows, fresh));
  if (fresh.length > 0) write(transaction, ledger, segments, runs, owed);
  const positions = experiences.map(({ experienceId }) => known.get(experienceId) ?? 0);
  return { positions, runs, connection, first, next: ledger.next };
}

function pick<T>(all: readonly T[], places: readonly number[]): readonly T[] {
  return places.length === all.length ? all : places.map((place) => all[place] as T);
}

/** The last of its transaction, which is not held up by waiting for what it wrote one by one. */
function write(
  transaction: Transaction,
  ledger: Ledger,
  segments: readonly Segment[],
  runs: readonly Run[],
  owed: Database['owed'],
): void {
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
  const { idbtrans } = transaction;
  const log = idbtrans.objectStore('segments');
  const digests = idbtrans.objectStore('digests');
  for (const segment of segments) send(log.add(segment));
  for (const run of runs) send(digests.put(run));
  send(idbtrans.objectStore('ledger').put(ledger));
  idbtrans.commit();
}
