import { TendrilError } from '../errors.ts';
import { decodeRow, encodedBytes } from './log-row.ts';
import type { ExperienceRecord } from './records.ts';

/** Experiences in one record: few enough that one of them is read fast, many enough that a batch is a few records. */
const LONGEST = 64;

/**
 * How the log lies in IndexedDB, where a record costs and its size hardly does: neighbours of one model share a record. Rows that were removed are missing
 * in it; its key stays.
 */
export interface Segment {
  /** Position of the last experience that it was written with; the key. */
  readonly last: number;
  readonly modelKey: string;
  /** How many there are in it. */
  readonly size: number;
  /** Their size. */
  readonly bytes: number;
  /** When the one that was observed first was. */
  readonly fromMs: number;
  /** In log order. */
  readonly positions: readonly number[];
  /** [positions], see `encodeRow`; not parsed yet. */
  readonly rows: readonly unknown[];
}

/** @param experiences in log order, of any models @param positions [experiences] @param rows [experiences], of `encodeRow` */
export function toSegments(
  experiences: readonly ExperienceRecord[],
  positions: readonly number[],
  rows: readonly unknown[],
): Segment[] {
  const segments: Segment[] = [];
  for (let start = 0; start < experiences.length;) {
    const modelKey: unknown = experiences[start]?.modelKey;
    let end = start + 1;
    while (end < experiences.length && end - start < LONGEST && experiences[end]?.modelKey === modelKey) end++;
    const [key, own] = [typeof modelKey === 'string' ? modelKey : '', positions.slice(start, end)];
    segments.push(newSegment(key, experiences.slice(start, end), own, rows.slice(start, end)));
    start = end;
  }
  return segments;
}

function newSegment(
  modelKey: string,
  experiences: readonly ExperienceRecord[],
  positions: readonly number[],
  rows: readonly unknown[],
): Segment {
  return { last: positions.at(-1) ?? 0, modelKey, ...summary(experiences, rows), positions, rows };
}

/** The segment without some of its rows, and without what an earlier version kept in it. */
export function without(segment: Segment, gone: ReadonlySet<number>): Segment {
  const { last, modelKey } = segment;
  const places = segment.positions.map((_, place) => place).filter((place) => !gone.has(segment.positions[place] ?? 0));
  const positions = places.map((place) => segment.positions[place] ?? 0);
  const rows = places.map((place) => segment.rows[place]);
  return { last, modelKey, ...summary(rows.map(decodeRow), rows), positions, rows };
}

function summary(
  experiences: readonly unknown[],
  rows: readonly unknown[],
): Pick<Segment, 'size' | 'bytes' | 'fromMs'> {
  let fromMs = Infinity;
  for (const experience of experiences) {
    const { observedAtMs } = (experience ?? {}) as { observedAtMs?: unknown };
    // One without its time is damaged, and as old as can be.
    fromMs = Math.min(fromMs, Number.isFinite(observedAtMs) ? (observedAtMs as number) : 0);
  }
  const bytes = rows.reduce((sum: number, row) => sum + encodedBytes(row), 0);
  return { size: rows.length, bytes, fromMs };
}

/** An experience as it can be parsed, at its position. */
export function rowAt(segment: Segment, place: number): unknown {
  const experience = decodeRow(segment.rows[place]);
  if (typeof experience !== 'object' || experience === null) return experience;
  return Object.assign(experience, { position: segment.positions[place] ?? 0 });
}

/** @throws STORAGE_FAILED where it is damaged itself; its rows are parsed when they are given out */
export function parseSegment(record: unknown): Segment {
  if (isSegment(record)) return record;
  throw new TendrilError('STORAGE_FAILED', { reason: 'table experiences: a segment of the log is damaged' });
}

export function isSegment(record: unknown): record is Segment {
  if (typeof record !== 'object' || record === null) return false;
  const { last, modelKey, size, bytes, positions, rows } = record as Record<keyof Segment, unknown>;
  return (
    typeof last === 'number' &&
    typeof modelKey === 'string' &&
    Number.isFinite(size) &&
    Number.isFinite(bytes) &&
    Array.isArray(rows) &&
    Array.isArray(positions) &&
    positions.length === rows.length &&
    positions.every((position) => Number.isSafeInteger(position))
  );
}
