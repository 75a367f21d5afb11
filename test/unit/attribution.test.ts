import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute, candidateKey, involvedKeys } from '../../src/feedback/attribution.ts';
import { parseFeedback } from '../../src/feedback/feedback.ts';
import type { CatalogueRecord, DecisionRecord, RankingDecision } from '../../src/memory/records.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';

/** Ids with the character that separates them from the hash. */
const idAt = (slot: number) => `urn:item:${slot}`;
const keyAt = (slot: number) => candidateKey('hash', idAt(slot));

function ranking(candidates: number, slots = 3): RankingDecision {
  return {
    kind: 'ranking',
    context: { hour: '9' },
    candidateKeys: Array.from({ length: candidates }, (_, slot) => keyAt(slot)),
    propensities: Array.from({ length: Math.min(slots, candidates) }, (_, slot) => 0.9 - slot / 10),
    scores: [],
  };
}

function decisionOf(payload: DecisionRecord['payload']): DecisionRecord {
  return {
    decisionId: 'd1',
    taskId: 'list',
    modelKey: 'list@1',
    decidedAtMs: 1,
    servedBy: 'model',
    model: { modelVersion: null, learnedTo: 0 },
    seed: 1,
    payload,
  };
}

const entry = (key: string): CatalogueRecord => {
  const candidateId = key.slice(key.indexOf(':') + 1);
  return { candidateKey: key, candidateId, features: { topic: candidateId } };
};

function experiences(payload: RankingDecision, slot: number, rest: { reward?: number; weight?: number } = {}) {
  const feedback = parseFeedback({ decisionId: 'd1', item: idAt(slot), ...rest });
  return attribute(decisionOf(payload), feedback, involvedKeys(payload, feedback).map(entry), 99);
}

const summary = (given: ReturnType<typeof experiences>) =>
  given.map(({ payload }) => payload.kind === 'ranking' && [payload.candidateId, payload.slot, payload.reward]);

describe('feedback for an item', () => {
  it('gives one reward for it, learned last, and none for each candidate shown above it', () => {
    expect(summary(experiences(ranking(5), 2))).toEqual([
      [idAt(0), 0, 0],
      [idAt(1), 1, 0],
      [idAt(2), 2, 1],
    ]);
  });

  it('says everything that an estimate needs', () => {
    expect(experiences(ranking(5), 1, { reward: 0.5, weight: 2 }).at(-1)).toEqual({
      experienceId: `d1:reward=0.5:${idAt(1)}`,
      decisionId: 'd1',
      modelKey: 'list@1',
      observedAtMs: 99,
      payload: {
        kind: 'ranking',
        context: { hour: '9' },
        candidateId: idAt(1),
        candidate: { topic: idAt(1) },
        reward: 0.5,
        propensity: 0.8,
        slot: 1,
        weight: 2,
      },
    });
  });

  it('without reward says nothing of those above it', () => {
    expect(summary(experiences(ranking(5), 3, { reward: 0 }))).toEqual([[idAt(3), 3, 0]]);
  });

  it('takes at most the eight nearest above it, whatever it is and wherever', () => {
    const place = fc
      .tuple(fc.integer({ min: 1, max: 60 }), fc.nat(59))
      .filter(([candidates, slot]) => slot < candidates);
    fc.assert(
      fc.property(place, fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }), ([candidates, slot], reward) => {
        const given = experiences(ranking(candidates), slot, { reward });
        const first = Math.max(0, slot - 8);
        expect(summary(given)).toEqual([
          ...Array.from({ length: slot - first }, (_, index) => [idAt(first + index), first + index, 0]),
          [idAt(slot), slot, reward],
        ]);
        expect(new Set(given.map(({ experienceId }) => experienceId)).size).toBe(given.length);
      }),
    );
  });

  it('has propensity 1 where nothing was left to chance', () => {
    const [skipped, , , , chosen] = experiences(ranking(6, 1), 4);
    expect(skipped?.payload).toMatchObject({ slot: 0, propensity: 0.9 });
    expect(chosen?.payload).toMatchObject({ slot: 4, propensity: 1 });
  });

  it('gives the same ids when it comes again, whenever that is', () => {
    const ids = () => experiences(ranking(9), 5).map(({ experienceId }) => experienceId);
    expect(ids()).toEqual(ids());
  });

  it('leaves out those above it that are no longer stored', () => {
    const payload = ranking(4);
    const feedback = parseFeedback({ decisionId: 'd1', item: idAt(2) });
    const involved = involvedKeys(payload, feedback).map((key) => (key === keyAt(1) ? undefined : entry(key)));
    expect(summary(attribute(decisionOf(payload), feedback, involved, 99))).toEqual([
      [idAt(0), 0, 0],
      [idAt(2), 2, 1],
    ]);
  });

  it('is refused for what was no candidate, for no item, and for one that is no longer stored', async () => {
    const payload = ranking(3);
    for (const feedback of [{ item: 'urn' }, { item: '0' }, { label: idAt(0) }]) {
      await expectCode(
        () => involvedKeys(payload, parseFeedback({ decisionId: 'd1', ...feedback })),
        'INVALID_FEEDBACK',
      );
    }
    const feedback = parseFeedback({ decisionId: 'd1', item: idAt(1) });
    await expectCode(() => attribute(decisionOf(payload), feedback, [undefined], 99), 'INVALID_FEEDBACK');
  });
});

describe('a label', () => {
  const decision = decisionOf({ kind: 'classification', input: { x: 1 }, probabilities: {} });

  it('gives one experience', () => {
    expect(attribute(decision, parseFeedback({ decisionId: 'd1', label: 'a', weight: 3 }), [], 99)).toEqual([
      {
        experienceId: 'd1:label:a',
        decisionId: 'd1',
        modelKey: 'list@1',
        observedAtMs: 99,
        payload: { kind: 'classification', input: { x: 1 }, label: 'a', weight: 3 },
      },
    ]);
  });

  it('must be given', async () => {
    const feedback = parseFeedback({ decisionId: 'd1', item: 'a' });
    await expectCode(() => attribute(decision, feedback, [], 99), 'INVALID_FEEDBACK');
  });
});
