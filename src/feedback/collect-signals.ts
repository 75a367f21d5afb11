import { canonicalJson } from '../core/hashing.ts';
import type { Signal } from '../core/signal.ts';
import type { DecisionRecord } from '../memory/records.ts';
import type { AttributionRules } from './signal-rules.ts';

/** Why a signal does not count. */
export type IgnoredWhy =
  | 'other-decision'
  | 'operating'
  | 'suspicious'
  | 'before-decision'
  | 'after-window'
  /** It names an item that this decision did not have. */
  | 'no-candidate'
  /** It is about no item, and no item is there that it could be about. */
  | 'no-item'
  /** Decisions of this kind learn nothing from signals of this type. */
  | 'no-use';

export interface IgnoredSignal {
  readonly signalId: string;
  readonly why: IgnoredWhy;
}

/** A signal that seems to come a little before its decision: two clocks of one device may differ by so much. */
export const CLOCK_TOLERANCE_MS = 2000;

/** The signals that count for a decision, in one order whatever order they came in, and those that do not. */
export interface CollectedSignals {
  readonly counted: readonly Signal[];
  readonly ignored: readonly IgnoredSignal[];
}

export function collectSignals(
  decision: DecisionRecord,
  signals: readonly Signal[],
  rules: AttributionRules,
): CollectedSignals {
  const counted: Signal[] = [];
  const ignored: IgnoredSignal[] = [];
  for (const signal of inOneOrder(signals)) {
    const why = reasonToIgnore(decision, signal, rules);
    if (why === null) counted.push(signal);
    else ignored.push({ signalId: signal.signalId, why });
  }
  return { counted, ignored };
}

function reasonToIgnore(decision: DecisionRecord, signal: Signal, rules: AttributionRules): IgnoredWhy | null {
  if (signal.decisionId !== undefined && signal.decisionId !== decision.decisionId) return 'other-decision';
  const { operating, windowMs } = rules.of(signal.type);
  if (operating) return 'operating';
  if (signal.suspicion !== undefined) return 'suspicious';
  if (signal.atMs < decision.decidedAtMs - CLOCK_TOLERANCE_MS) return 'before-decision';
  return signal.atMs > decision.decidedAtMs + windowMs ? 'after-window' : null;
}

/** Each signal once, by time and then by id. Where one id was given to two signals, the choice between them does not depend on which came first. */
function inOneOrder(signals: readonly Signal[]): Signal[] {
  const byId = new Map<string, Signal>();
  for (const signal of signals) {
    const other = byId.get(signal.signalId);
    if (!other || (other !== signal && canonicalJson(signal) < canonicalJson(other))) byId.set(signal.signalId, signal);
  }
  return [...byId.values()].sort((a, b) => a.atMs - b.atMs || (a.signalId < b.signalId ? -1 : 1));
}
