import type { Signal } from '../core/signal.ts';
import type { DecisionRecord, RankingDecision } from '../memory/records.ts';
import { aggregateSignals, type ItemSignal } from './aggregate-signals.ts';
import { candidateIdOf, MAX_SKIPPED } from './attribution.ts';
import type { IgnoredSignal } from './collect-signals.ts';
import type { JoinedOutcomes, Outcome } from './outcome.ts';
import { defaultReward, type AttributionRules } from './signal-rules.ts';

/** Signals of a decision, sorted by what they are about. */
interface SortedSignals {
  readonly byItem: Map<string, ItemSignal[]>;
  /** About no item: the visit, the list as a whole. */
  readonly general: ItemSignal[];
  readonly ignored: IgnoredSignal[];
}

/** @param counted in order of time */
export function joinRanking(
  decision: DecisionRecord,
  payload: RankingDecision,
  counted: readonly Signal[],
  rules: AttributionRules,
): JoinedOutcomes {
  const slots = slotsOf(payload, counted);
  const sorted = sortByItem(counted, slots);
  const outcomes = new Map<number, Outcome>();
  for (const [item, signals] of sorted.byItem) {
    const slot = slots.get(item) ?? -1;
    outcomes.set(slot, outcomeOf(decision, item, slot, [signals, sorted.general], rules));
  }
  const engaged = [...outcomes.values()].filter((outcome) => outcome.engaged);
  if (!counted.some(({ type }) => type === 'impression')) {
    for (const slot of cascade(engaged)) {
      const item = candidateIdOf(payload.candidateKeys[slot] ?? '');
      if (!outcomes.has(slot)) outcomes.set(slot, outcomeOf(decision, item, slot, [[], []], rules));
    }
  }
  const idle = engaged.length > 0 ? [] : sorted.general.filter(({ type }) => rules.of(type).engagement);
  return {
    outcomes: [...outcomes.values()].sort((a, b) => a.slot - b.slot),
    ignored: [...sorted.ignored, ...idle.map(({ signalId }) => ({ signalId, why: 'no-item' as const }))],
  };
}

/** The visitor looks at a list from its top: what lies above something chosen was seen. */
function cascade(engaged: readonly Outcome[]): number[] {
  return engaged
    .filter(({ reward }) => reward > 0)
    .flatMap(({ slot }) => Array.from({ length: Math.min(slot, MAX_SKIPPED) }, (_, index) => slot - 1 - index));
}

/** Places of the items that the signals name. */
function slotsOf({ candidateKeys }: RankingDecision, counted: readonly Signal[]): Map<string, number> {
  const wanted = new Set(counted.flatMap(({ item, instead }) => [item, instead]));
  const slots = new Map<string, number>();
  candidateKeys.forEach((key, slot) => {
    const item = candidateIdOf(key);
    if (wanted.has(item)) slots.set(item, slot);
  });
  return slots;
}

function sortByItem(counted: readonly Signal[], slots: ReadonlyMap<string, number>): SortedSignals {
  const sorted: SortedSignals = { byItem: new Map(), general: [], ignored: [] };
  const add = (item: string, signal: ItemSignal): boolean => {
    if (!slots.has(item)) return false;
    const before = sorted.byItem.get(item);
    if (before) before.push(signal);
    else sorted.byItem.set(item, [signal]);
    return true;
  };
  for (const { signalId, type, atMs, value, item, instead, censored = false } of counted) {
    const signal = { signalId, type, atMs, value, censored };
    const isCorrection = type === 'correction' && instead !== undefined;
    if (item === undefined && !isCorrection) {
      sorted.general.push(signal);
      continue;
    }
    const about = item !== undefined && add(item, signal);
    // The other side of a correction.
    const right = isCorrection && instead !== item && add(instead, { ...signal, value: -value });
    if (!about && !right) sorted.ignored.push({ signalId, why: 'no-candidate' });
  }
  return sorted;
}

/** Signals of the visit count for what the visitor turned to in it. */
function outcomeOf(
  decision: DecisionRecord,
  item: string,
  slot: number,
  [own, general]: readonly [readonly ItemSignal[], readonly ItemSignal[]],
  rules: AttributionRules,
): Outcome {
  const engaged = own.some(({ type }) => rules.of(type).engagement);
  const given = engaged && general.length > 0 ? inTime([...own, ...general]) : own;
  const { lastAtMs, ...aggregated } = aggregateSignals(given, rules);
  const explained = rules.formula?.explain(aggregated.signals);
  return {
    ...aggregated,
    item,
    slot,
    engaged,
    reward:
      explained && explained.known > 0 ? explained.reward : defaultReward(aggregated.signals, aggregated.satisfaction),
    terms: explained?.terms ?? null,
    lastAtMs: Math.max(lastAtMs, decision.decidedAtMs),
    answer: null,
    windowClosesAtMs: decision.decidedAtMs + rules.longestWindowMs,
  };
}

function inTime(signals: ItemSignal[]): ItemSignal[] {
  return signals.sort((a, b) => a.atMs - b.atMs || (a.signalId < b.signalId ? -1 : 1));
}
