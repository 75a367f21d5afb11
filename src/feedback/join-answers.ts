import type { Signal } from '../core/signal.ts';
import type { DecisionRecord, RetrievalDecision } from '../memory/records.ts';
import { aggregateSignals } from './aggregate-signals.ts';
import type { IgnoredSignal, IgnoredWhy } from './collect-signals.ts';
import type { JoinedOutcomes, Outcome, SaidAnswer } from './outcome.ts';
import type { AttributionRules } from './signal-rules.ts';

type ClassificationDecision = Extract<DecisionRecord['payload'], { kind: 'classification' }>;

/**
 * The label of one input. A choice or a correction names it; a thumb up confirms the label that was predicted, unless another was named. A thumb down
 * alone says only what it is not, and gives no label.
 */
export function joinClassification(
  decision: DecisionRecord,
  payload: ClassificationDecision,
  counted: readonly Signal[],
  rules: AttributionRules,
): JoinedOutcomes {
  const used = counted.filter(({ type }) => type === 'thumb' || type === 'choice' || type === 'correction');
  const ignored = unused(counted, used, 'no-use');
  const named = used.filter(({ type }) => type !== 'thumb').map(labelNamed);
  const thumb = used.findLast(({ type }) => type === 'thumb');
  const confirmed = thumb?.value === 1 ? predictedLabel(payload) : null;
  const label = named.findLast((name) => name !== null) ?? confirmed;
  if (label === null) return { outcomes: [], ignored };
  return { outcomes: [answerOutcome(decision, '', -1, used, { label }, rules)], ignored };
}

function labelNamed({ type, item, instead }: Signal): string | null {
  return (type === 'choice' ? (instead ?? item) : instead) ?? null;
}

/** @returns null before any class is known */
function predictedLabel({ probabilities }: ClassificationDecision): string | null {
  const entries = Object.entries(probabilities);
  const highest = Math.max(...entries.map(([, probability]) => probability));
  return entries.find(([, probability]) => probability === highest)?.[0] ?? null;
}

/** Votes on what was found, and corrections; on one item a correction that names the right one outweighs votes, and the last of its sort counts. */
export function joinRetrieval(
  decision: DecisionRecord,
  { found }: RetrievalDecision,
  counted: readonly Signal[],
  rules: AttributionRules,
): JoinedOutcomes {
  const used = counted.filter(({ type }) => type === 'thumb' || type === 'correction');
  const slots = new Map(found.map(({ id }, slot) => [id, slot]));
  const known = used.filter(({ item }) => item === undefined || slots.has(item));
  const ignored = [...unused(counted, used, 'no-use'), ...unused(used, known, 'no-candidate')];
  const byItem = new Map<string, Signal[]>();
  for (const signal of known) byItem.set(signal.item ?? '', [...(byItem.get(signal.item ?? '') ?? []), signal]);
  const outcomes: Outcome[] = [];
  for (const [item, signals] of byItem) {
    const answer = saidOf(item, signals);
    if (answer) outcomes.push(answerOutcome(decision, item, slots.get(item) ?? -1, signals, answer, rules));
    else ignored.push(...unused(signals, [], 'no-item'));
  }
  return { outcomes: outcomes.sort((a, b) => a.slot - b.slot), ignored };
}

function saidOf(item: string, signals: readonly Signal[]): SaidAnswer | null {
  const instead = signals.findLast(({ type, instead: right }) => type === 'correction' && right !== undefined)?.instead;
  if (instead !== undefined) return { instead };
  const last = signals.at(-1);
  if (item === '' || !last) return null;
  return { vote: last.type === 'thumb' && last.value === 1 ? 'up' : 'down' };
}

function answerOutcome(
  decision: DecisionRecord,
  item: string,
  slot: number,
  signals: readonly Signal[],
  answer: SaidAnswer,
  rules: AttributionRules,
): Outcome {
  const given = signals.map((signal) => ({ ...signal, censored: signal.censored ?? false }));
  const aggregated = aggregateSignals(given, rules);
  return {
    ...aggregated,
    item,
    slot,
    engaged: true,
    reward: aggregated.satisfaction ?? 1,
    terms: null,
    answer,
    windowClosesAtMs: decision.decidedAtMs + rules.longestWindowMs,
  };
}

function unused(all: readonly Signal[], used: readonly Signal[], why: IgnoredWhy): IgnoredSignal[] {
  const kept = new Set(used);
  return all.filter((signal) => !kept.has(signal)).map(({ signalId }) => ({ signalId, why }));
}
