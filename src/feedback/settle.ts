import type { Signal } from '../core/signal.ts';
import type { CatalogueRecord, DecisionRecord, ExperienceRecord } from '../memory/records.ts';
import { candidateIdOf } from './attribution.ts';
import { join } from './join.ts';
import type { JoinedDecision, Outcome } from './outcome.ts';
import { settledExperience, type SettledItem, type WeightedOutcome } from './settled-experience.ts';
import type { AttributionRules } from './signal-rules.ts';
import { weighSkipped } from './skipped.ts';

/** What was settled of each item of a decision so far, by item; plain JSON, to be stored with the decision. */
export type SettledItems = Readonly<Record<string, SettledItem>>;

export interface Settlement {
  /** In the order in which they are to be learned: what was skipped above first, what was chosen last. */
  readonly experiences: readonly ExperienceRecord[];
  /** To be stored in the transaction that writes the experiences, and given the next time. */
  readonly settled: SettledItems;
  /**
   * When there is something to do even if no signal comes; at the latest when the last window closes. Null after that. A signal that arrives late is
   * settled whenever it comes.
   */
  readonly nextDueAtMs: number | null;
}

/** After this what was seen and not turned to counts as passed over, where nothing was chosen and nobody was seen to leave. */
const PASSED_OVER_MS = 30 * 60_000;

/** Keys of the catalogue entries that {@link settle} may ask for. */
export function keysToSettle(decision: DecisionRecord, joined: JoinedDecision, previous: SettledItems): string[] {
  const { payload } = decision;
  if (payload.kind !== 'ranking') return [];
  const items = new Set([...joined.outcomes.map(({ item }) => item), ...Object.keys(previous)]);
  return payload.candidateKeys.filter((key) => items.has(candidateIdOf(key)));
}

/**
 * Makes experiences of what is known of a decision by now, and revisions of those that were made before: an experience that names the one whose place it
 * takes (`supersedes`), with weight 0 where what was learned turns out not to have happened.
 *
 * An item that the visitor turned to is settled at once, or, where its reward reads something that may still grow, `settleAfter` after its last signal, or
 * when the visitor left. Items that were seen are settled with the first chosen one, when the visitor left, or half an hour after the decision: of those
 * near something chosen the nearest eight, otherwise the first eight; what may not have been looked at counts for less (see `weighSkipped`).
 *
 * However the signals came, in however many calls: after all windows are closed, the experiences that no other supersedes are those of one call with all
 * signals. Equal evidence over equal `previous` gives equal ids, so that two tabs that settle the same write the same.
 * @param signals all that are stored for the decision
 * @param lookup entries for {@link keysToSettle}; items whose entry is gone are left out
 */
export function settle(
  decision: DecisionRecord,
  signals: readonly Signal[],
  previous: SettledItems,
  lookup: (candidateKey: string) => CatalogueRecord | undefined,
  rules: AttributionRules,
  nowMs: number,
): Settlement {
  return settleJoined(decision, join(decision, signals, rules), previous, lookup, rules, nowMs);
}

/** {@link settle} for a decision that is joined already. */
export function settleJoined(
  decision: DecisionRecord,
  joined: JoinedDecision,
  previous: SettledItems,
  lookup: (candidateKey: string) => CatalogueRecord | undefined,
  rules: AttributionRules,
  nowMs: number,
): Settlement {
  const due = duesOf(decision, joined, rules);
  const settled = new Map(Object.entries(previous));
  const experiences: ExperienceRecord[] = [];
  const learn = (what: WeightedOutcome, item: string): void => {
    const made = settledExperience(decision, what, item, settled.get(item) ?? null, lookup, nowMs);
    if (!made) return;
    experiences.push(made.experience);
    settled.set(item, made.settled);
  };
  for (const [item, before] of settled) {
    if (!due.has(item) && isRevocable(before)) learn({ outcome: null, weight: 1 }, item);
  }
  for (const { outcome, weight, atMs } of due.values()) {
    if (atMs <= nowMs && !standsAsSaid(outcome, settled.get(outcome.item))) learn({ outcome, weight }, outcome.item);
  }
  const later = [...due.values()].map(({ atMs }) => atMs).filter((atMs) => atMs > nowMs);
  const closesAtMs = joined.windowClosesAtMs;
  return {
    experiences,
    settled: Object.fromEntries(settled),
    nextDueAtMs: nowMs >= closesAtMs ? null : Math.min(closesAtMs, ...later),
  };
}

/** What the page said itself of an item is not outvoted by what was seen, unless the task's formula has something to say of it. */
function standsAsSaid(outcome: Outcome, before: SettledItem | undefined): boolean {
  if (!before?.explicit) return false;
  return !(outcome.terms ?? []).some(({ observed }) => observed !== null);
}

/** What was made of signals alone falls with them. */
function isRevocable({ explicit, implied, retracted }: SettledItem): boolean {
  return !explicit && !implied && !retracted;
}

interface Due extends WeightedOutcome {
  readonly outcome: Outcome;
  readonly atMs: number;
}

/** By item, in the order of learning: when each outcome that is to be learned is settled. */
function duesOf(decision: DecisionRecord, joined: JoinedDecision, rules: AttributionRules): Map<string, Due> {
  const engaged = joined.outcomes.filter((outcome) => outcome.engaged);
  const chosen = engaged
    .map((outcome): Due => {
      const atMs = Math.min(joined.windowClosesAtMs, engagedDue(outcome, joined, rules));
      return { outcome, weight: 1, atMs };
    })
    .sort((a, b) => a.outcome.lastAtMs - b.outcome.lastAtMs || a.outcome.slot - b.outcome.slot);
  const anchors = chosen.filter(({ outcome }) => outcome.reward > 0);
  const passedOverAtMs = Math.min(
    joined.endedAtMs ?? Infinity,
    decision.decidedAtMs + PASSED_OVER_MS,
    joined.windowClosesAtMs,
    ...anchors.map(({ atMs }) => atMs),
  );
  const skipped = weighSkipped(
    joined.outcomes.filter((outcome) => !outcome.engaged),
    anchors.map(({ outcome }) => outcome.slot),
  ).map((passedOver): Due => ({ ...passedOver, atMs: passedOverAtMs }));
  return new Map([...skipped, ...chosen].map((due) => [due.outcome.item, due]));
}

function engagedDue({ answer, lastAtMs }: Outcome, { endedAtMs }: JoinedDecision, rules: AttributionRules): number {
  if (answer || !rules.waits) return lastAtMs;
  return endedAtMs !== null && endedAtMs >= lastAtMs ? endedAtMs : lastAtMs + rules.settleAfterMs;
}
