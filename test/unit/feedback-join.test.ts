import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/signal.ts';
import { explainDecision } from '../../src/feedback/explain.ts';
import { findDecision } from '../../src/feedback/find-decision.ts';
import { join } from '../../src/feedback/join.ts';
import type { Outcome } from '../../src/feedback/outcome.ts';
import { RewardFormula } from '../../src/feedback/reward-formula.ts';
import { rulesFor } from '../../src/feedback/signal-rules.ts';
import type { DecisionRecord } from '../../src/memory/records.ts';
import '../support/fixed-seed.ts';
import {
  DAY_MS,
  decisionOf,
  DECIDED_MS,
  HOUR_MS,
  itemAt,
  MINUTE_MS,
  rankingOf,
  shuffled,
  signalOf,
  visitorSignals,
} from './feedback-fixture.ts';

const rules = rulesFor();
const about = (slot: number) => ({ item: itemAt(slot), decisionId: 'd1' });
const formula = new RewardFormula({
  terms: [
    { signal: 'dwell', transform: { type: 'saturating', half: 30 }, weight: 0.7 },
    { signal: 'click', weight: 0.3 },
  ],
});
const byFormula = rulesFor({}, formula);

const rewards = (outcomes: readonly Outcome[]) => outcomes.map(({ slot, reward }) => [slot, reward]);
const outcomeAt = (outcomes: readonly Outcome[], slot: number) => outcomes.find((outcome) => outcome.slot === slot);

describe('the join of signals to a ranking', () => {
  it('gives what was clicked and, where impressions are not reported, the eight above it', () => {
    const { outcomes } = join(rankingOf(30), [signalOf('click', 5000, about(12))], rules);
    expect(rewards(outcomes)).toEqual([...Array.from({ length: 8 }, (_, index) => [4 + index, 0]), [12, 1]]);
    expect(outcomes.map(({ engaged }) => engaged)).toEqual([...Array.from({ length: 8 }, () => false), true]);
  });

  it('takes what was not seen for unknown, never for bad', () => {
    const seen = [0, 3, 7].map((slot) => signalOf('impression', 1000, about(slot)));
    const { outcomes } = join(rankingOf(30), [...seen, signalOf('click', 5000, about(3))], rules);
    expect(rewards(outcomes)).toEqual([
      [0, 0],
      [3, 1],
      [7, 0],
    ]);
  });

  it('sees nothing above what the visitor turned away from', () => {
    expect(rewards(join(rankingOf(9), [signalOf('dismiss', 5, about(4))], rules).outcomes)).toEqual([[4, 0]]);
  });

  it('makes one outcome of several signals', () => {
    const signals = [
      signalOf('click', 1000, about(2)),
      signalOf('dwell', 20_000, { ...about(2), value: 12 }),
      signalOf('dwell', 60_000, { ...about(2), value: 18, censored: true }),
      signalOf('scroll', 20_000, { ...about(2), value: 0.8 }),
      signalOf('scroll', 25_000, { ...about(2), value: 0.3 }),
      signalOf('stars', 61_000, { ...about(2), value: 2 }),
      signalOf('stars', 62_000, { ...about(2), value: 4 }),
    ];
    const outcome = outcomeAt(join(rankingOf(3), signals, rules).outcomes, 2);
    expect(outcome).toMatchObject({
      item: itemAt(2),
      signals: { click: 1, dwell: 30, scroll: 0.8, stars: 4 },
      satisfaction: 0.75,
      reward: 0.75,
      terms: null,
      censored: ['dwell'],
      evidence: signals
        .toSorted((a, b) => a.atMs - b.atMs || (a.signalId < b.signalId ? -1 : 1))
        .map(({ signalId }) => signalId),
      lastAtMs: DECIDED_MS + 62_000,
      windowClosesAtMs: DECIDED_MS + 7 * DAY_MS,
    });
  });

  it('names every term of a declared formula', () => {
    const signals = [signalOf('click', 1000, about(0)), signalOf('dwell', 31_000, { ...about(0), value: 30 })];
    const outcome = outcomeAt(join(rankingOf(3), signals, byFormula).outcomes, 0);
    expect(outcome?.reward).toBeCloseTo(0.65, 12);
    expect(outcome?.terms).toEqual([
      { signal: 'dwell', observed: 30, transformed: 0.5, contribution: 0.35 },
      { signal: 'click', observed: 1, transformed: 1, contribution: 0.3 },
    ]);
  });

  it('falls back to what was said where the formula reads nothing of what is known', () => {
    const outcome = outcomeAt(join(rankingOf(3), [signalOf('thumb', 9, about(1))], byFormula).outcomes, 1);
    expect(outcome).toMatchObject({ reward: 1, satisfaction: 1 });
  });

  it('turns a correction round: the item that was wrong, and the one that is right', () => {
    const { outcomes } = join(
      rankingOf(6),
      [signalOf('correction', 9, { ...about(1), instead: itemAt(4) }), signalOf('impression', 1, about(1))],
      rules,
    );
    expect(outcomes.map(({ slot, reward, satisfaction, signals }) => [slot, reward, satisfaction, signals])).toEqual([
      [1, 0, 0, { correction: 1, impression: 1 }],
      [4, 1, 1, { correction: -1 }],
    ]);
  });

  it('counts signals of the visit for what the visitor turned to', () => {
    const session = signalOf('session', 90_000, { decisionId: 'd1', value: 80 });
    const { outcomes, endedAtMs } = join(rankingOf(4), [signalOf('click', 10, about(1)), session], rules);
    expect(outcomeAt(outcomes, 1)?.signals).toEqual({ click: 1, session: 80 });
    expect(outcomeAt(outcomes, 0)?.signals).toEqual({});
    expect(endedAtMs).toBe(DECIDED_MS + 90_000);
  });

  it('says of every signal that does not count why', () => {
    const ignored: [Signal, string][] = [
      [signalOf('click', 5, { ...about(0), decisionId: 'd2' }), 'other-decision'],
      [signalOf('lcp', 5, { decisionId: 'd1', value: 900 }), 'operating'],
      [signalOf('click', 5, { ...about(0), suspicion: 'automation' }), 'suspicious'],
      [signalOf('click', -5000, about(0)), 'before-decision'],
      [signalOf('click', DAY_MS + 1, about(0)), 'after-window'],
      [signalOf('click', 5, { item: 'gone', decisionId: 'd1' }), 'no-candidate'],
      [signalOf('thumb', 5, { decisionId: 'd1' }), 'no-item'],
    ];
    const joined = join(
      rankingOf(3),
      ignored.map(([signal]) => signal),
      rules,
    );
    expect(joined.outcomes).toEqual([]);
    const why = new Map(joined.ignored.map((entry): [string, string] => [entry.signalId, entry.why]));
    expect(ignored.map(([{ signalId }]) => why.get(signalId))).toEqual(ignored.map(([, reason]) => reason));
    expect(joined.ignored).toHaveLength(ignored.length);
  });

  it('counts up to the last moment of the window, and a little before the decision', () => {
    const { outcomes } = join(
      rankingOf(1),
      [signalOf('click', DAY_MS, about(0)), signalOf('impression', -1500, about(0))],
      rules,
    );
    expect(outcomes[0]?.signals).toEqual({ click: 1, impression: 1 });
  });

  it('takes the order of the page as it was served', () => {
    const { payload, ...rest } = rankingOf(4, { propensities: [], scores: [] });
    const host: DecisionRecord = { ...rest, payload, servedBy: 'host' };
    expect(rewards(join(host, [signalOf('click', 9, about(1))], rules).outcomes)).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it('is the same whatever order the signals come in and however often', () => {
    const items = Array.from({ length: 12 }, (_, slot) => itemAt(slot));
    const arrivals = visitorSignals(items).chain((signals) => fc.tuple(fc.constant(signals), shuffled(signals)));
    fc.assert(
      fc.property(arrivals, fc.boolean(), ([signals, arrived], declared) => {
        const used = declared ? byFormula : rules;
        const joined = join(rankingOf(20), arrived, used);
        expect(joined).toEqual(join(rankingOf(20), signals, used));
        for (const outcome of joined.outcomes) {
          expect(outcome.reward).toBeGreaterThanOrEqual(0);
          expect(outcome.reward).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not hang on which of two signals with one id came first', () => {
    const one = signalOf('dwell', 9, { ...about(0), value: 3 });
    const other = { ...one, value: 4 };
    expect(join(rankingOf(1), [one, other], rules)).toEqual(join(rankingOf(1), [other, one], rules));
  });
});

describe('the join of signals to an answer', () => {
  const classified = decisionOf({ kind: 'classification', input: { x: 1 }, probabilities: { a: 0.2, b: 0.8 } });
  const labelOf = (signals: readonly Signal[]) => join(classified, signals, rules).outcomes[0]?.answer ?? null;

  it('gives the label that was chosen, corrected to or confirmed', () => {
    expect(labelOf([signalOf('choice', 5, { item: 'c' })])).toEqual({ label: 'c' });
    expect(labelOf([signalOf('correction', 5, { item: 'b', instead: 'a' })])).toEqual({ label: 'a' });
    expect(labelOf([signalOf('thumb', 5)])).toEqual({ label: 'b' });
    expect(labelOf([signalOf('correction', 5, { instead: 'a' }), signalOf('thumb', 9)])).toEqual({ label: 'a' });
  });

  it('gives none for a thumb down, nor for one that was taken back, nor for what is no judgement', () => {
    expect(labelOf([signalOf('thumb', 5, { value: -1 })])).toBeNull();
    expect(labelOf([signalOf('thumb', 5), signalOf('thumb', 6, { value: -1 })])).toBeNull();
    expect(labelOf([signalOf('dwell', 5, { value: 100 }), signalOf('correction', 7)])).toBeNull();
  });

  it('gives votes on what was found, and corrections', () => {
    const retrieved = decisionOf({
      kind: 'retrieval',
      query: { text: 'q' },
      found: ['x', 'y', 'z'].map((id) => ({ id, score: 1 })),
    });
    const { outcomes, ignored } = join(
      retrieved,
      [
        signalOf('thumb', 5, { item: 'y' }),
        signalOf('thumb', 3, { item: 'y', value: -1 }),
        signalOf('correction', 5, { item: 'x', instead: 'w' }),
        signalOf('thumb', 6, { item: 'x' }),
        signalOf('correction', 5, { item: 'z' }),
        signalOf('correction', 5, { instead: 'v' }),
        signalOf('thumb', 5, { item: 'other' }),
        signalOf('thumb', 5),
        signalOf('dwell', 5, { item: 'x' }),
      ],
      rules,
    );
    expect(outcomes.map(({ item, answer }) => [item, answer])).toEqual([
      ['', { instead: 'v' }],
      ['x', { instead: 'w' }],
      ['y', { vote: 'up' }],
      ['z', { vote: 'down' }],
    ]);
    expect(ignored.map(({ why }) => why).sort()).toEqual(['no-candidate', 'no-use']);
  });

  it('has no use for signals where the answer is a number', () => {
    const predicted = decisionOf({ kind: 'regression', input: {}, value: 1, lower: 0, upper: 2 });
    expect(join(predicted, [signalOf('thumb', 5)], rules)).toMatchObject({
      outcomes: [],
      ignored: [{ why: 'no-use' }],
    });
  });
});

describe('the decision of a signal that names none', () => {
  const at = (decisionId: string, afterMs: number, slots = 5): DecisionRecord => ({
    ...rankingOf(slots),
    decisionId,
    decidedAtMs: DECIDED_MS + afterMs,
  });
  const newestFirst = [at('third', 20 * MINUTE_MS, 2), at('second', 10 * MINUTE_MS), at('first', 0)];
  const found = (signal: Signal) => findDecision(signal, newestFirst, () => rules)?.decisionId ?? null;

  it('is the newest one before it that had the item', () => {
    expect(found(signalOf('click', 25 * MINUTE_MS, { item: itemAt(1) }))).toBe('third');
    expect(found(signalOf('click', 25 * MINUTE_MS, { item: itemAt(4) }))).toBe('second');
    expect(found(signalOf('click', 5 * MINUTE_MS, { item: itemAt(1) }))).toBe('first');
    expect(found(signalOf('click', 25 * MINUTE_MS, { item: 'gone' }))).toBeNull();
  });

  it('is one whose window is open', () => {
    expect(found(signalOf('impression', HOUR_MS + 5 * MINUTE_MS, { item: itemAt(4) }))).toBe('second');
    expect(found(signalOf('impression', HOUR_MS + 15 * MINUTE_MS, { item: itemAt(4) }))).toBeNull();
    expect(found(signalOf('click', -3000, { item: itemAt(1) }))).toBeNull();
    expect(found(signalOf('click', -1000, { item: itemAt(1) }))).toBe('first');
  });

  it('is one of its task; a signal about no item needs one', () => {
    expect(found(signalOf('click', MINUTE_MS, { item: itemAt(1), taskId: 'other' }))).toBeNull();
    expect(found(signalOf('abandonment', 30 * MINUTE_MS, { taskId: 'list' }))).toBe('third');
    expect(found(signalOf('abandonment', 30 * MINUTE_MS))).toBeNull();
  });
});

describe('the explanation of a decision', () => {
  it('says what was known, what was decided, what came of it and by which signals', () => {
    const decision = rankingOf(40, { rewardVersion: 'v1' });
    const click = signalOf('click', 1000, about(30));
    const machine = signalOf('click', 900, { ...about(2), suspicion: 'automation' });
    const joined = join(decision, [click, machine], byFormula);
    const settled = { [itemAt(30)]: { experienceId: 'e1', reward: 0.3, satisfaction: null, answer: null } };
    const contributions = new Map([
      [itemAt(30), [0.1, -0.5].map((contribution, index) => ({ feature: `f${index}`, contribution }))],
    ]);
    const explained = explainDecision(decision, [click, machine, click], joined, settled, contributions);
    expect(explained).toMatchObject({ policy: 'thompson-sampling', rewardVersion: 'v1', servedBy: 'model', seed: 1 });
    expect(explained.items.map(({ slot }) => slot)).toEqual([
      ...Array(20).keys(),
      ...[22, 23, 24, 25, 26, 27, 28, 29, 30],
    ]);
    expect(explained.items[0]).toMatchObject({ propensity: 0.9, score: 0.3, outcome: null, features: null });
    expect(explained.items.at(-1)).toMatchObject({
      item: itemAt(30),
      propensity: 1,
      score: null,
      experienceId: 'e1',
      features: [
        { feature: 'f1', contribution: -0.5 },
        { feature: 'f0', contribution: 0.1 },
      ],
      outcome: { reward: 0.3, evidence: [click.signalId], terms: [{ observed: null }, { contribution: 0.3 }] },
    });
    expect(explained.signals.map(({ signalId, ignored, suspicion }) => [signalId, ignored, suspicion])).toEqual([
      [machine.signalId, 'suspicious', 'automation'],
      [click.signalId, null, null],
    ]);
    expect(structuredClone(explained)).toEqual(explained);
  });
});
