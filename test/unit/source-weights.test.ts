import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { SourceWeights, type SourceVote } from '../../src/learners/source-weights.ts';
import { expectCode } from '../support/expect-code.ts';

/** True chances of a right label. */
const truth = { thumb: 0.95, click: 0.7, import: 0.85, bots: 0.3 };
const names = Object.keys(truth) as (keyof typeof truth)[];

function votes(rng: Rng, label: 0 | 1): SourceVote[] {
  return names
    .filter(() => rng.nextFloat() < 0.8)
    .map((source) => ({ source, label: rng.nextFloat() < truth[source] ? label : ((1 - label) as 0 | 1) }));
}

describe('learned from later labels', () => {
  test('the reliability of each source is found, and one that is worse than a coin weighs nothing', () => {
    const rng = Rng.fromSeed(1);
    const weights = new SourceWeights();
    for (let i = 0; i < 2000; i++) {
      const label = rng.nextInt(2) as 0 | 1;
      for (const vote of votes(rng, label)) weights.judge(vote.source, vote.label === label);
    }
    for (const name of names) expect(Math.abs(weights.reliability(name) - truth[name])).toBeLessThan(0.06);
    expect(weights.weight('thumb')).toBeGreaterThan(0.8);
    expect(weights.weight('bots')).toBe(0);
  });

  test('the declared reliability is where it starts, and gives way as slowly as it is strong', () => {
    const declared = { firm: { reliability: 0.9, strength: 100 }, soft: { reliability: 0.9, strength: 2 } };
    const weights = new SourceWeights({ declared });
    expect(weights.reliability('firm')).toBeCloseTo(0.9, 12);
    expect(weights.weight('firm')).toBeCloseTo(0.8, 12);
    expect(weights.reliability('never heard of')).toBeCloseTo(0.7, 12);
    for (let i = 0; i < 10; i++) for (const source of ['firm', 'soft']) weights.judge(source, false);
    expect(weights.reliability('firm')).toBeGreaterThan(0.8);
    expect(weights.reliability('soft')).toBeLessThan(0.2);
  });

  test('a judgement that is half sure counts half', () => {
    const [whole, half] = [new SourceWeights(), new SourceWeights()];
    whole.judge('a', true);
    half.judge('a', true, 0.5);
    expect(whole.reliability('a')).toBeCloseTo((2.8 + 1) / 5, 12);
    expect(half.reliability('a')).toBeCloseTo((2.8 + 0.5) / 4.5, 12);
  });

  test('a source that goes bad is noticed', () => {
    const weights = new SourceWeights();
    for (let i = 0; i < 5000; i++) weights.judge('click', true);
    for (let i = 0; i < 700; i++) weights.judge('click', false);
    expect(weights.weight('click')).toBe(0);
  });
});

describe('learned from what the sources say together', () => {
  test('without any true label, reliabilities are ordered rightly and the consensus beats a majority, on every seed', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const rng = Rng.fromSeed(seed);
      const weights = new SourceWeights();
      let [right, majorityRight, judged] = [0, 0, 0];
      for (let i = 0; i < 3000; i++) {
        const label = rng.nextInt(2) as 0 | 1;
        const said = votes(rng, label);
        const { probability } = weights.learnVotes(said);
        if (i < 1000) continue;
        judged++;
        const ones = said.filter((vote) => vote.label === 1).length;
        const majority = 2 * ones === said.length ? rng.nextInt(2) : Number(2 * ones > said.length);
        majorityRight += Number(majority === label);
        right += Number(Number(probability > 0.5) === label);
      }
      const order = [...names].sort((a, b) => weights.reliability(b) - weights.reliability(a));
      expect(order).toEqual(['thumb', 'import', 'click', 'bots']);
      expect(right / judged).toBeGreaterThan(majorityRight / judged + 0.05);
    }
  });

  test('an outlier is told by its agreement, and no source confirms itself', () => {
    const weights = new SourceWeights();
    const { probability, agreement } = weights.consensus([
      { source: 'a', label: 1 },
      { source: 'b', label: 1 },
      { source: 'c', label: 0 },
    ]);
    expect(probability).toBeCloseTo(0.7, 12);
    expect(agreement[0]).toBeCloseTo(0.7, 12);
    expect(agreement[2]).toBeCloseTo(0.3, 12);
    for (let i = 0; i < 50; i++) weights.learnVotes([{ source: 'alone', label: 1 }]);
    expect(weights.reliability('alone')).toBeCloseTo(0.7, 12);
    expect(weights.consensus([])).toEqual({ probability: 0.5, agreement: [] });
  });

  test('one source that is always right does not become certain', () => {
    const weights = new SourceWeights();
    for (let i = 0; i < 10_000; i++) weights.judge('oracle', true);
    expect(weights.consensus([{ source: 'oracle', label: 1 }]).probability).toBeCloseTo(0.98, 9);
  });
});

describe('state', () => {
  test('the number of sources is bounded: the one heard of longest ago goes, declared ones stay', () => {
    const weights = new SourceWeights({ declared: { thumb: { reliability: 0.9, strength: 5 } }, capacity: 3 });
    for (const source of ['thumb', 'a', 'b']) weights.judge(source, false);
    weights.judge('a', false);
    weights.judge('c', false);
    expect(weights.reliability('b')).toBeCloseTo(0.7, 12);
    for (const source of ['a', 'c']) expect(weights.reliability(source)).toBeLessThan(0.7);
    expect(weights.reliability('thumb')).toBeLessThan(0.9);
    for (let i = 0; i < 1000; i++) weights.judge(`user ${i}`, true);
    expect((weights.state().values['sources'] as unknown[]).length).toBe(3);
  });

  test('restored weights go on with the same bits', () => {
    const rng = Rng.fromSeed(3);
    const all = Array.from({ length: 200 }, () => votes(rng, 1));
    const [whole, first, second] = [new SourceWeights(), new SourceWeights(), new SourceWeights()];
    for (const said of all) whole.learnVotes(said);
    for (const said of all.slice(0, 90)) first.learnVotes(said);
    second.restore(structuredClone(first.state()));
    for (const said of all.slice(90)) second.learnVotes(said);
    expect(second.state()).toEqual(whole.state());
  });

  test('states and options that do not fit are refused', async () => {
    const good = { right: 1, wrong: 1, heard: 1 };
    for (const values of [
      {},
      { judgements: 1, sources: [['a', { ...good, right: -1 }]] },
      { judgements: 1, sources: [['a', { ...good, wrong: NaN }]] },
      { judgements: 1.5, sources: [] },
      {
        judgements: 1,
        sources: [
          ['a', good],
          ['a', good],
        ],
      },
    ]) {
      await expectCode(() => new SourceWeights().restore({ tensors: {}, values }), 'CHECKPOINT_CORRUPT');
    }
    const two = {
      judgements: 1,
      sources: [
        ['a', good],
        ['b', good],
      ],
    };
    await expectCode(
      () => new SourceWeights({ capacity: 1 }).restore({ tensors: {}, values: two }),
      'CHECKPOINT_CORRUPT',
    );
    await expectCode(() => new SourceWeights({ capacity: 0 }), 'INVALID_CONFIG');
    await expectCode(() => new SourceWeights({ unknown: { reliability: 1, strength: 2 } }), 'INVALID_CONFIG');
    await expectCode(() => new SourceWeights({ declared: { a: { reliability: 0.5, strength: 0 } } }), 'INVALID_CONFIG');
  });
});
