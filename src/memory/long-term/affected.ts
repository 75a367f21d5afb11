import type { KnowledgeRecord } from './knowledge.ts';

/** Log positions that are gone: single ones, and ranges with both ends. */
export interface RemovedPositions {
  readonly positions?: readonly number[];
  readonly ranges?: readonly { readonly from: number; readonly to: number }[];
}

export interface AffectedEntry {
  readonly record: KnowledgeRecord;
  /** False: what was removed lies in its range, and whether it was made of it is not recorded. */
  readonly certain: boolean;
}

/**
 * Which entries were made of something that is gone, certainly or possibly. An entry names all of its episodes while they are few, some of them beyond that;
 * to forget for sure, the possible ones have to go too.
 */
export function affectedBy(
  records: readonly KnowledgeRecord[],
  { positions = [], ranges = [] }: RemovedPositions,
): AffectedEntry[] {
  const removed = new Set(positions);
  const isRemoved = (at: number): boolean => removed.has(at) || ranges.some(({ from, to }) => at >= from && at <= to);
  return records.flatMap((record): AffectedEntry[] => {
    const { from, to, count, positions: named } = record.sources;
    if (named.some(isRemoved)) return [{ record, certain: true }];
    const lies =
      positions.some((at) => at >= from && at <= to) || ranges.some((range) => range.from <= to && range.to >= from);
    return named.length < count && lies ? [{ record, certain: false }] : [];
  });
}
