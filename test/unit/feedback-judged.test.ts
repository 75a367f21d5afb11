import { describe, expect, it } from 'vitest';
import { judgedExperiences, judgedKeys, type JudgedAnswer } from '../../src/feedback/judged.ts';
import { expectCode } from '../support/expect-code.ts';
import { catalogueRecord, decisionRecord, settledItem } from '../support/records.ts';

const by = { weight: 5, source: 'reviewer:Ann' };
const worth = (item: string, reward: number): JudgedAnswer => ({ kind: 'item', item, reward, ...by });
const ranked = decisionRecord({
  servedBy: 'host',
  payload: {
    kind: 'ranking',
    context: { hour: 9 },
    candidateKeys: ['h:a', 'h:b', 'h:c'],
    propensities: [],
    scores: [],
  },
});
const entry = (id: string) => catalogueRecord(`h:${id}`, { candidateId: id, features: { topic: id } });
const classified = decisionRecord({
  payload: { kind: 'classification', input: { x: 1 }, probabilities: { ok: 0.5, spam: 0.5 } },
});

describe('what is judged', () => {
  it('of a ranking is each candidate for itself, whatever stands above it', () => {
    const answers = [worth('c', 1), worth('a', 0.5)];
    expect(judgedKeys(ranked, answers)).toEqual(['h:c', 'h:a']);
    const { experiences, settled } = judgedExperiences(ranked, answers, [entry('c'), entry('a')], {}, 7);
    expect(experiences.map(({ payload, observedAtMs }) => [payload, observedAtMs])).toMatchObject([
      [{ candidateId: 'c', candidate: { topic: 'c' }, reward: 1, slot: 2, propensity: 1, ...by }, 7],
      [{ candidateId: 'a', reward: 0.5, slot: 0, ...by }, 7],
    ]);
    expect(Object.entries(settled).map(([item, { reward, explicit }]) => [item, reward, explicit])).toEqual([
      ['c', 1, true],
      ['a', 0.5, true],
    ]);
  });

  it('takes the place of what was only seen, and stands beside what was said', () => {
    const said = { ...settledItem('said'), explicit: true as const };
    const previous = { a: settledItem('seen'), b: said };
    const { experiences } = judgedExperiences(
      ranked,
      [worth('a', 0), worth('b', 1)],
      [entry('a'), entry('b')],
      previous,
      7,
    );
    expect(experiences.map(({ supersedes }) => supersedes)).toEqual(['seen', undefined]);
  });

  it('twice is once: the ids say what it says, and who', () => {
    const ids = (answer: JudgedAnswer) =>
      judgedExperiences(ranked, [answer], [entry('a')], {}, 7).experiences.map((one) => one.experienceId);
    expect(ids(worth('a', 1))).toEqual(ids(worth('a', 1)));
    expect(ids(worth('a', 1))).not.toEqual(ids(worth('a', 0)));
    expect(ids(worth('a', 1))).not.toEqual(ids({ ...worth('a', 1), source: 'reviewer:Bob' }));
  });

  it('of an answer is a label or a value', () => {
    const { experiences } = judgedExperiences(classified, [{ kind: 'label', label: 'spam', ...by }], [], {}, 7);
    expect(experiences).toMatchObject([{ payload: { kind: 'classification', input: { x: 1 }, label: 'spam', ...by } }]);
  });

  it('has to be of the decision', async () => {
    await expectCode(async () => judgedKeys(ranked, [worth('d', 1)]), 'INVALID_FEEDBACK');
    const unfit: [typeof ranked, JudgedAnswer][] = [
      [classified, worth('a', 1)],
      [classified, { kind: 'value', value: 1, ...by }],
      [ranked, worth('a', 1)],
    ];
    for (const [decision, answer] of unfit)
      await expectCode(async () => judgedExperiences(decision, [answer], [], {}, 7), 'INVALID_FEEDBACK');
  });
});
