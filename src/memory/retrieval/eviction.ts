import type { FeedbackEntry, ItemEntry } from './retrieval-entry.ts';

/** What an entry is worth keeping for: history goes first, corrections and what they name go last. */
const CLASS = { history: 0, ordinary: 1, correction: 2 } as const;

interface Candidate {
  readonly entry: ItemEntry | FeedbackEntry;
  readonly rank: number;
  readonly confirmations: number;
}

/**
 * The entry that goes first where room is needed: what was superseded; then items by how often they were confirmed and single votes, the
 * oldest first; corrections that count, and the items that they name, last of all.
 * @param before only entries with a lower sequence: what was just taken in stays
 */
export function firstToGo(
  items: Iterable<ItemEntry>,
  feedback: Iterable<FeedbackEntry>,
  before: number,
): ItemEntry | FeedbackEntry | null {
  const votes = [...feedback];
  const { confirmed, corrected } = support(votes);
  let first: Candidate | null = null;
  const offer = (candidate: Candidate) => {
    if (candidate.entry.sequence < before && (first === null || goesBefore(candidate, first))) first = candidate;
  };
  for (const entry of items) {
    const rank = corrected.has(entry.id) ? CLASS.correction : CLASS.ordinary;
    const history = entry.supersededBy !== null;
    offer({ entry, rank: history ? CLASS.history : rank, confirmations: confirmed.get(entry.id) ?? 0 });
  }
  for (const entry of votes) {
    const rank = entry.kind === 'corrected' ? CLASS.correction : CLASS.ordinary;
    offer({ entry, rank: entry.supersededBy !== null ? CLASS.history : rank, confirmations: 0 });
  }
  return (first as Candidate | null)?.entry ?? null;
}

function support(feedback: Iterable<FeedbackEntry>): { confirmed: Map<string, number>; corrected: Set<string> } {
  const confirmed = new Map<string, number>();
  const corrected = new Set<string>();
  for (const { kind, itemId, acceptedId, supersededBy } of feedback) {
    if (supersededBy !== null) continue;
    if (acceptedId !== null) corrected.add(acceptedId);
    if (kind === 'up' && itemId !== null) confirmed.set(itemId, (confirmed.get(itemId) ?? 0) + 1);
  }
  return { confirmed, corrected };
}

function goesBefore(a: Candidate, b: Candidate): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank;
  if (a.confirmations !== b.confirmations) return a.confirmations < b.confirmations;
  return a.entry.sequence < b.entry.sequence;
}
