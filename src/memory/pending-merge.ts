import type { PendingRecord, SettledUpdate } from './signal-records.ts';

/** A record after one more batch of signals has come for its decision. */
export function withArrival(stored: PendingRecord | undefined, given: PendingRecord): PendingRecord {
  if (!stored) return { ...given, arrivals: given.arrivals + 1 };
  return { ...stored, dueAtMs: earlier(stored.dueAtMs, given.dueAtMs), arrivals: stored.arrivals + 1 };
}

/** A record after its decision was settled. @param sinceMs for a decision that has no record yet */
export function withUpdate(stored: PendingRecord | undefined, update: SettledUpdate, sinceMs: number): PendingRecord {
  const { decisionId, modelKey, settled, dueAtMs } = update;
  if (!stored) return { decisionId, modelKey, sinceMs, dueAtMs, arrivals: 0, settled };
  const seenAll = stored.arrivals === update.arrivals;
  return {
    ...stored,
    dueAtMs: seenAll ? dueAtMs : earlier(stored.dueAtMs, dueAtMs),
    settled: { ...stored.settled, ...settled },
  };
}

/** Of two times, null being never. */
function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
