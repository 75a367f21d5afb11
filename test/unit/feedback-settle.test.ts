import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/signal.ts';
import { attribute, involvedKeys } from '../../src/feedback/attribution.ts';
import { parseFeedback } from '../../src/feedback/feedback.ts';
import { join } from '../../src/feedback/join.ts';
import { RewardFormula } from '../../src/feedback/reward-formula.ts';
import { settleExplicit } from '../../src/feedback/settle-explicit.ts';
import { keysToSettle, settle, type SettledItems } from '../../src/feedback/settle.ts';
import { rulesFor } from '../../src/feedback/signal-rules.ts';
import { parseExperience, type DecisionRecord, type ExperienceRecord } from '../../src/memory/records.ts';
import { parseRetrievalEvent } from '../../src/memory/retrieval/retrieval-event.ts';
import {
  DAY_MS,
  DECIDED_MS,
  decisionOf,
  entryOf,
  itemAt,
  keyAt,
  MINUTE_MS,
  rankingOf,
  signalOf,
} from './feedback-fixture.ts';

const rules = rulesFor();
const byDwell = rulesFor(
  {},
  new RewardFormula({ terms: [{ signal: 'dwell', transform: { type: 'saturating', half: 30 }, weight: 1 }] }),
);
const about = (slot: number) => ({ item: itemAt(slot), decisionId: 'd1' });
const settleAt = (
  afterMs: number,
  signals: readonly Signal[],
  previous: SettledItems = {},
  used = rules,
  decision: DecisionRecord = rankingOf(12),
) => settle(decision, signals, previous, entryOf, used, DECIDED_MS + afterMs);

const summary = (experiences: readonly ExperienceRecord[]) =>
  experiences.map(({ payload }) => payload.kind === 'ranking' && [payload.slot, payload.reward, payload.weight]);

describe('settling a ranking', () => {
  it('learns a click at once, what was passed over first and the click last', () => {
    const { experiences, nextDueAtMs } = settleAt(2000, [signalOf('click', 2000, about(2))]);
    expect(summary(experiences)).toEqual([
      [0, 0, 1],
      [1, 0, 1],
      [2, 1, 1],
    ]);
    expect(nextDueAtMs).toBe(DECIDED_MS + 7 * DAY_MS);
  });

  it('says everything that an estimate needs, and the signals by type', () => {
    const signals = [
      signalOf('click', 2000, about(1)),
      signalOf('dwell', 9000, { ...about(1), value: 5, censored: true }),
      signalOf('thumb', 9000, about(1)),
    ];
    const experience = settleAt(9000, signals).experiences.at(-1);
    expect(experience).toEqual({
      experienceId: expect.stringMatching(/^d1:signals:[0-9a-z]+$/),
      decisionId: 'd1',
      modelKey: 'list@1',
      observedAtMs: DECIDED_MS + 9000,
      payload: {
        kind: 'ranking',
        context: { hour: '9' },
        candidateId: itemAt(1),
        candidate: { topic: itemAt(1) },
        reward: 1,
        satisfaction: 1,
        signals: { click: 1, dwell: 5, thumb: 1 },
        censored: ['dwell'],
        propensity: 0.8,
        slot: 1,
        weight: 1,
      },
    });
    expect(parseExperience({ ...experience, position: 1 })).toMatchObject({ payload: { censored: ['dwell'] } });
  });

  it('writes a revision when a later signal changes the reward, and nothing when it does not', () => {
    const click = signalOf('click', 1000, about(0));
    const first = settleAt(1000, [click]);
    const hover = signalOf('hover', 2000, about(0));
    expect(settleAt(2000, [click, hover], first.settled).experiences).toEqual([]);
    const bounce = signalOf('bounce', 5000, { ...about(0), value: 4 });
    const second = settleAt(5000, [click, hover, bounce], first.settled);
    expect(summary(second.experiences)).toEqual([[0, 0.4, 1]]);
    expect(second.experiences[0]?.supersedes).toBe(first.experiences[0]?.experienceId);
    expect(settleAt(6000, [click, hover, bounce], second.settled).experiences).toEqual([]);
  });

  it('waits for what may still grow, but not once the visitor left', () => {
    const signals = [signalOf('click', 1000, about(0)), signalOf('dwell', 20_000, { ...about(0), value: 15 })];
    const waiting = settleAt(49_999, signals, {}, byDwell);
    expect(waiting.experiences).toEqual([]);
    expect(waiting.nextDueAtMs).toBe(DECIDED_MS + 50_000);
    expect(summary(settleAt(50_000, signals, {}, byDwell).experiences)).toEqual([[0, 15 / 45, 1]]);
    const left = signalOf('session', 20_500, { decisionId: 'd1', value: 20 });
    expect(summary(settleAt(20_500, [...signals, left], {}, byDwell).experiences)).toEqual([[0, 15 / 45, 1]]);
    const back = signalOf('dwell', 25_000, { ...about(0), value: 15 });
    expect(settleAt(30_000, [...signals, left, back], {}, byDwell).nextDueAtMs).toBe(DECIDED_MS + 55_000);
  });

  it('takes what was seen and not chosen for passed over after half an hour, or when the visitor leaves', () => {
    const seen = Array.from({ length: 10 }, (_, slot) => signalOf('impression', 1000, about(slot)));
    const waiting = settleAt(29 * MINUTE_MS, seen);
    expect(waiting.experiences).toEqual([]);
    expect(waiting.nextDueAtMs).toBe(DECIDED_MS + 30 * MINUTE_MS);
    // All together count as one: nothing says that any of them was looked at.
    const firstEight = Array.from({ length: 8 }, (_, slot) => [slot, 0, 1 / 8]);
    expect(summary(settleAt(30 * MINUTE_MS, seen).experiences)).toEqual(firstEight);
    const left = signalOf('abandonment', MINUTE_MS, { decisionId: 'd1' });
    expect(summary(settleAt(MINUTE_MS, [...seen, left]).experiences)).toEqual(firstEight);
  });

  it('takes the nearest eight of what was seen, above and below', () => {
    const seen = [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11].map((slot) => signalOf('impression', 1000, about(slot)));
    const { experiences } = settleAt(2000, [...seen, signalOf('click', 2000, about(5))]);
    expect(summary(experiences).map((entry) => entry && entry[0])).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 5]);
  });

  it('lets what lies below everything that was chosen count as one, and weighs it anew after a choice further down', () => {
    const seen = [0, 2, 3, 4, 6].map((slot) => signalOf('impression', 1000, about(slot)));
    const click = signalOf('click', 2000, about(1));
    const first = settleAt(2000, [...seen, click]);
    const below = [2, 3, 4, 6].map((slot) => [slot, 0, 1 / 4]);
    expect(summary(first.experiences)).toEqual([[0, 0, 1], ...below, [1, 1, 1]]);
    const second = settleAt(3000, [...seen, click, signalOf('click', 3000, about(5))], first.settled);
    expect(summary(second.experiences)).toEqual([
      [2, 0, 1],
      [3, 0, 1],
      [4, 0, 1],
      [6, 0, 1],
      [5, 1, 1],
    ]);
    expect(second.experiences[0]?.supersedes).toBe(first.settled[itemAt(2)]?.experienceId);
  });

  it('takes back what turns out not to have been seen', () => {
    const click = signalOf('click', 2000, about(2));
    const first = settleAt(2000, [click]);
    const late = [1, 2].map((slot) => signalOf('impression', 1000, about(slot)));
    const second = settleAt(3000, [click, ...late], first.settled);
    expect(summary(second.experiences)).toEqual([[0, 0, 0]]);
    expect(second.experiences[0]?.supersedes).toBe(first.settled[itemAt(0)]?.experienceId);
    expect(settleAt(4000, [click, ...late], second.settled).experiences).toEqual([]);
    const seen = signalOf('impression', 1500, about(0));
    const third = settleAt(5000, [click, ...late, seen], second.settled);
    expect(summary(third.experiences)).toEqual([[0, 0, 1]]);
    expect(third.experiences[0]?.supersedes).toBe(second.settled[itemAt(0)]?.experienceId);
  });

  it('gives equal ids for equal evidence, whenever that is, and other ids when the same is said again', () => {
    const click = signalOf('click', 2000, about(2));
    const ids = ({ experiences }: { experiences: readonly ExperienceRecord[] }) =>
      experiences.map(({ experienceId }) => experienceId);
    expect(ids(settleAt(2000, [click]))).toEqual(ids(settleAt(DAY_MS, [click, click])));
    const said = [1, -1, 1].map((value, index) => signalOf('thumb', 3000 + index, { ...about(2), value }));
    let settled: SettledItems = {};
    const all = said.flatMap((_, index) => {
      const settlement = settleAt(5000 + index, said.slice(0, index + 1), settled);
      ({ settled } = settlement);
      return ids(settlement);
    });
    expect(new Set(all).size).toBe(all.length);
  });

  it('closes with the last window', () => {
    const click = signalOf('click', 2000, about(0));
    expect(settleAt(7 * DAY_MS, [click]).nextDueAtMs).toBeNull();
    expect(settleAt(0, []).nextDueAtMs).toBe(DECIDED_MS + 7 * DAY_MS);
  });

  it('leaves out what is no longer stored', () => {
    const click = signalOf('click', 2000, about(2));
    const lookup = (key: string) => (key === keyAt(1) ? undefined : entryOf(key));
    const { experiences } = settle(rankingOf(5), [click], {}, lookup, rules, DECIDED_MS + 2000);
    expect(summary(experiences)).toEqual([
      [0, 0, 1],
      [2, 1, 1],
    ]);
    expect(keysToSettle(rankingOf(5), join(rankingOf(5), [click], rules), {})).toEqual([keyAt(0), keyAt(1), keyAt(2)]);
  });
});

describe('feedback that the page gave', () => {
  const explicitly = (slot: number, previous: SettledItems, rest: object = {}) => {
    const decision = rankingOf(12);
    const feedback = parseFeedback({ decisionId: 'd1', item: itemAt(slot), ...rest });
    if (decision.payload.kind !== 'ranking') throw new Error('it is a ranking');
    const involved = involvedKeys(decision.payload, feedback).map(entryOf);
    return settleExplicit(attribute(decision, feedback, involved, DECIDED_MS + 10_000), previous);
  };

  it('stands against signals, and what lay above it gives way to what was chosen', () => {
    const given = explicitly(2, {}, { reward: 0.5 });
    expect(summary(given.experiences)).toEqual([
      [0, 0, 1],
      [1, 0, 1],
      [2, 0.5, 1],
    ]);
    const clicks = [0, 2].map((slot) => signalOf('click', 20_000, about(slot)));
    const later = settleAt(20_000, clicks, given.settled);
    expect(summary(later.experiences)).toEqual([[0, 1, 1]]);
    expect(later.experiences[0]?.supersedes).toBe(given.experiences[0]?.experienceId);
    expect(settleAt(DAY_MS, [], given.settled).experiences).toEqual([]);
  });

  it('takes the place of what signals had settled, and leaves what was chosen above it', () => {
    const clicks = [0, 2].map((slot) => signalOf('click', 1000, about(slot)));
    const before = settleAt(1000, clicks);
    const given = explicitly(2, before.settled, { reward: 0 });
    expect(summary(given.experiences)).toEqual([[2, 0, 1]]);
    expect(given.experiences[0]?.supersedes).toBe(before.settled[itemAt(2)]?.experienceId);
    expect(summary(explicitly(2, before.settled).experiences)).toEqual([[2, 1, 1]]);
    expect(settleAt(9000, clicks, given.settled).experiences).toEqual([]);
    const again = explicitly(2, given.settled, { reward: 1 });
    expect(again.experiences[0]).not.toHaveProperty('supersedes');
  });

  it('gives way to a declared formula that has something to say', () => {
    const given = explicitly(0, {}, { reward: 1 });
    const thumb = signalOf('thumb', 20_000, { ...about(0), value: -1 });
    expect(settleAt(DAY_MS, [thumb], given.settled, byDwell).experiences).toEqual([]);
    const dwell = signalOf('dwell', 20_000, { ...about(0), value: 30 });
    expect(summary(settleAt(DAY_MS, [thumb, dwell], given.settled, byDwell).experiences)).toEqual([[0, 0.5, 1]]);
  });
});

describe('settling an answer', () => {
  it('learns a label, and another one in its place', () => {
    const decision = decisionOf({ kind: 'classification', input: { x: 1 }, probabilities: { a: 0.9, b: 0.1 } });
    const up = signalOf('thumb', 1000);
    const first = settleAt(1000, [up], {}, rules, decision);
    expect(first.experiences).toMatchObject([
      { payload: { kind: 'classification', input: { x: 1 }, label: 'a', weight: 1, signals: { thumb: 1 } } },
    ]);
    const correction = signalOf('correction', 9000, { instead: 'b' });
    const second = settleAt(9000, [up, correction], first.settled, rules, decision);
    expect(second.experiences).toMatchObject([
      { supersedes: first.experiences[0]?.experienceId, payload: { label: 'b' } },
    ]);
    const down = signalOf('thumb', 2000, { value: -1 });
    const third = settleAt(9000, [up, down], first.settled, rules, decision);
    expect(third.experiences).toMatchObject([{ payload: { label: 'a', weight: 0 } }]);
    expect(settleAt(9000, [up, down], third.settled, rules, decision).experiences).toEqual([]);
    expect(settleAt(9000, [up, down, correction], third.settled, rules, decision).experiences).toMatchObject([
      { payload: { label: 'b', weight: 1 } },
    ]);
  });

  it('makes events that the retrieval store takes', () => {
    const decision = decisionOf({
      kind: 'retrieval',
      query: { text: 'q' },
      found: [
        { id: 'x', score: 1 },
        { id: 'y', score: 0.5 },
      ],
    });
    const signals = [
      signalOf('thumb', 10, { item: 'x', value: -1 }),
      signalOf('correction', 20, { item: 'y', instead: 'z' }),
      signalOf('correction', 30, { instead: 'w' }),
    ];
    const { experiences } = settleAt(100, signals, {}, rules, decision);
    const events = experiences.map(({ experienceId, payload }) => {
      const event = payload.kind === 'retrieval' ? parseRetrievalEvent(payload.event) : null;
      expect(event?.eventId).toBe(experienceId);
      return event;
    });
    expect(events).toMatchObject([
      { kind: 'down', itemId: 'x', query: { text: 'q' } },
      { kind: 'corrected', rejectedId: 'y', accepted: { itemId: 'z' } },
      { kind: 'corrected', rejectedId: null, accepted: { itemId: 'w' } },
    ]);
  });
});
