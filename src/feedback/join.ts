import type { Signal } from '../core/signal.ts';
import type { DecisionRecord } from '../memory/records.ts';
import { collectSignals } from './collect-signals.ts';
import { joinClassification, joinRetrieval } from './join-answers.ts';
import { joinRanking } from './join-ranking.ts';
import type { JoinedDecision, JoinedOutcomes } from './outcome.ts';
import type { AttributionRules } from './signal-rules.ts';

/** The visitor left, or the page closed. */
const endTypes: readonly string[] = ['abandonment', 'session'];

/**
 * Joins signals to their decision. The result depends on the set of signals alone: not on their order, not on how often each was delivered, not on the
 * time of asking. Signals from before the decision, or from after the window of their type, do not count.
 *
 * Where the page reports impressions, an item was seen if one of its signals says so; where it reports none, candidates above one that the visitor turned
 * to count as seen, the nearest eight (see `attribute`).
 * @param signals any, also of other decisions; one without a decision id counts as one of this decision
 */
export function join(decision: DecisionRecord, signals: readonly Signal[], rules: AttributionRules): JoinedDecision {
  const { counted, ignored } = collectSignals(decision, signals, rules);
  const ends = counted.filter(({ type }) => endTypes.includes(type)).map(({ atMs }) => atMs);
  const joined = joinKind(decision, counted, rules);
  return {
    outcomes: joined.outcomes,
    ignored: [...ignored, ...joined.ignored],
    endedAtMs: ends.length === 0 ? null : Math.max(...ends),
    windowClosesAtMs: decision.decidedAtMs + rules.longestWindowMs,
  };
}

function joinKind(decision: DecisionRecord, counted: readonly Signal[], rules: AttributionRules): JoinedOutcomes {
  const { payload } = decision;
  switch (payload.kind) {
    case 'ranking':
      return joinRanking(decision, payload, counted, rules);
    case 'classification':
      return joinClassification(decision, payload, counted, rules);
    case 'retrieval':
      return joinRetrieval(decision, payload, counted, rules);
    default:
      // A true value is a number that the page gives.
      return { outcomes: [], ignored: counted.map(({ signalId }) => ({ signalId, why: 'no-use' })) };
  }
}
