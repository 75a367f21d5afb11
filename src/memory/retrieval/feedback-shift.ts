import type { FeedbackEntry } from './retrieval-entry.ts';

/** How feedback moves scores. Similarities are cosines in the store's space, so the two thresholds belong to the space. */
export interface FeedbackRule {
  /** From this similarity of two queries on, feedback for one counts for the other, the more the closer they are. */
  readonly related: number;
  /** From here on two queries are taken for the same question. */
  readonly identical: number;
  /** Feedback counts half after this time. */
  readonly halfLifeMs: number;
  /** Added to the score at full strength. */
  readonly strength: Readonly<Record<FeedbackEntry['kind'], number>>;
  /** No item is moved further than this, however much feedback it gets. */
  readonly limit: number;
}

export const defaultFeedbackRule: FeedbackRule = {
  related: 0.4,
  identical: 0.9,
  halfLifeMs: 60 * 24 * 3600 * 1000,
  strength: { up: 0.15, down: 0.25, corrected: 0.4 },
  limit: 0.6,
};

/** What feedback says about one query. */
export interface Shifts {
  /** Item id to what is added to its score, within ± limit. */
  readonly byItem: ReadonlyMap<string, Shift>;
  /** Items that corrections of this very question name, newest correction first. */
  readonly answers: readonly { readonly itemId: string; readonly eventId: string }[];
}

export interface Shift {
  readonly value: number;
  /** Events behind it, oldest first. */
  readonly eventIds: readonly string[];
}

/**
 * @param entries that count, oldest first
 * @param similarity of an entry's query to the one asked, null where they cannot be compared
 */
export function feedbackShifts(
  entries: Iterable<FeedbackEntry>,
  similarity: (entry: FeedbackEntry) => number | null,
  nowMs: number,
  rule: FeedbackRule,
): Shifts {
  const sums = new Map<string, { sum: number; eventIds: string[] }>();
  const answers: { itemId: string; eventId: string }[] = [];
  const move = (itemId: string | null, by: number, eventId: string) => {
    if (itemId === null) return;
    const entry = sums.get(itemId) ?? { sum: 0, eventIds: [] };
    entry.sum += by;
    entry.eventIds.push(eventId);
    sums.set(itemId, entry);
  };
  for (const entry of entries) {
    const close = similarity(entry);
    if (close === null || close < rule.related) continue;
    const { kind, itemId, acceptedId, eventId } = entry;
    const by = rule.strength[kind] * closeness(close, rule.related) * decay(nowMs - entry.atMs, rule.halfLifeMs);
    move(itemId, kind === 'up' ? by : -by, eventId);
    move(acceptedId, by, eventId);
    if (acceptedId !== null && close >= rule.identical) answers.unshift({ itemId: acceptedId, eventId });
  }
  return { byItem: bounded(sums, rule.limit), answers };
}

/** 0 at the threshold, 1 for the same query. */
function closeness(similarity: number, threshold: number): number {
  return Math.min(1, (similarity - threshold) / (1 - threshold));
}

function decay(ageMs: number, halfLifeMs: number): number {
  return 2 ** (-Math.max(0, ageMs) / halfLifeMs);
}

function bounded(sums: ReadonlyMap<string, { sum: number; eventIds: string[] }>, limit: number): Map<string, Shift> {
  return new Map(
    [...sums].map(([itemId, { sum, eventIds }]) => [itemId, { value: limit * Math.tanh(sum / limit), eventIds }]),
  );
}
