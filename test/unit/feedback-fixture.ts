import fc from 'fast-check';
import type { Signal } from '../../src/core/signal.ts';
import { candidateIdOf, candidateKey } from '../../src/feedback/attribution.ts';
import type { CatalogueRecord, DecisionRecord, RankingDecision } from '../../src/memory/records.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const DECIDED_MS = Date.UTC(2026, 10, 2, 9);

/** Ids with the character that separates them from the hash, and one that objects have of their own. */
export const itemAt = (slot: number): string => (slot === 1 ? 'constructor' : `urn:item:${slot}`);
export const keyAt = (slot: number): string => candidateKey('hash', itemAt(slot));

export function decisionOf(payload: DecisionRecord['payload'], decisionId = 'd1'): DecisionRecord {
  return {
    decisionId,
    taskId: 'list',
    modelKey: 'list@1',
    decidedAtMs: DECIDED_MS,
    servedBy: 'model',
    model: { modelVersion: null, learnedTo: 0 },
    seed: 1,
    payload,
  };
}

export function rankingOf(candidates: number, rest: Partial<RankingDecision> = {}): DecisionRecord {
  return decisionOf({
    kind: 'ranking',
    context: { hour: '9' },
    candidateKeys: Array.from({ length: candidates }, (_, slot) => keyAt(slot)),
    propensities: [0.9, 0.8, 0.7],
    scores: [0.3, 0.2, 0.1],
    policy: 'thompson-sampling',
    ...rest,
  });
}

export const entryOf = (key: string): CatalogueRecord => ({
  candidateKey: key,
  candidateId: candidateIdOf(key),
  features: { topic: candidateIdOf(key) },
});

let made = 0;
/** A signal with an id of its own. @param afterMs after the decision */
export function signalOf(type: string, afterMs: number, rest: Partial<Signal> = {}): Signal {
  made++;
  return { signalId: `s${made}`, type, atMs: DECIDED_MS + afterMs, value: 1, ...rest };
}

const values: Readonly<Record<string, fc.Arbitrary<number>>> = {
  thumb: fc.constantFrom(-1, 1),
  stars: fc.integer({ min: 1, max: 5 }),
  dwell: fc.integer({ min: 0, max: 400 }).map((tenths) => tenths / 10),
  bounce: fc.integer({ min: 0, max: 20 }),
  scroll: fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10),
  media: fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10),
};
const types = [
  ...['impression', 'click', 'dwell', 'scroll', 'hover', 'bounce', 'thumb', 'stars', 'dismiss', 'choice'],
  ...['completion', 'media', 'abandonment', 'session', 'correction', 'purchase', 'lcp'],
];

/** What visitors do in minutes to days, also before the decision and after everything is over, some of it suspicious or about nothing. */
export function visitorSignals(items: readonly string[], longest = 40): fc.Arbitrary<Signal[]> {
  const item = fc.constantFrom(...items, 'no candidate', undefined);
  const delay = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -3000, max: 5 * MINUTE_MS }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 * DAY_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 9 * DAY_MS }) },
  );
  const signal = fc.constantFrom(...types).chain((type) =>
    fc.record({
      type: fc.constant(type),
      afterMs: delay,
      value: values[type] ?? fc.constant(1),
      item,
      instead: type === 'correction' ? item : fc.constant(undefined),
      censored: fc.boolean(),
      suspicious: fc.integer({ min: 0, max: 9 }),
      named: fc.integer({ min: 0, max: 9 }),
    }),
  );
  return fc.array(signal, { maxLength: longest }).map((entries) =>
    entries.map(({ type, afterMs, value, item: about, instead, censored, suspicious, named }, index): Signal => ({
      signalId: `v${index}`,
      type,
      atMs: DECIDED_MS + afterMs,
      value,
      ...(about !== undefined && { item: about }),
      ...(instead !== undefined && { instead }),
      ...(censored && { censored }),
      ...(suspicious === 0 && { suspicion: 'rate' as const }),
      ...(named > 0 && { decisionId: named === 1 ? 'another' : 'd1' }),
    })),
  );
}

/** The same signals in another order, some of them more than once. */
export function shuffled(signals: readonly Signal[]): fc.Arbitrary<Signal[]> {
  return fc
    .tuple(fc.shuffledSubarray([...signals], { minLength: signals.length }), fc.subarray([...signals]))
    .chain(([all, again]) => fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length }));
}
