import type { KnowledgeRecord } from '../knowledge-record.ts';

/** Log positions that are gone: single ones, and ranges with both ends. */
export interface RemovedPositions {
  readonly positions?: Iterable<number>;
  readonly ranges?: readonly { readonly from: number; readonly to: number }[];
}

export interface AffectedEntry<R> {
  readonly record: R;
  /** False: what was removed lies in its range, and whether it was made of it is not recorded. */
  readonly certain: boolean;
}

/**
 * Which entries were made of something that is gone, certainly or possibly. An entry names all of its episodes while they are few, some of them beyond that;
 * to forget for sure, the possible ones have to go too.
 */
export function affectedBy<R extends Pick<KnowledgeRecord, 'sources'>>(
  records: readonly R[],
  { positions = [], ranges = [] }: RemovedPositions,
): AffectedEntry<R>[] {
  const removed = positions instanceof Set ? (positions as ReadonlySet<number>) : new Set(positions);
  const isRemoved = (at: number): boolean => removed.has(at) || ranges.some(({ from, to }) => at >= from && at <= to);
  return records.flatMap((record): AffectedEntry<R>[] => {
    const { from, to, count, positions: named } = record.sources;
    if (named.some(isRemoved)) return [{ record, certain: true }];
    if (named.length >= count) return [];
    const lies = anyWithin(removed, from, to) || ranges.some((range) => range.from <= to && range.to >= from);
    return lies ? [{ record, certain: false }] : [];
  });
}

function anyWithin(positions: ReadonlySet<number>, from: number, to: number): boolean {
  for (const position of positions) if (position >= from && position <= to) return true;
  return false;
}
