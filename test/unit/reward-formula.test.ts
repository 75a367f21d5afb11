import { describe, expect, test } from 'vitest';
import { RewardFormula } from '../../src/feedback/reward-formula.ts';
import { expectCode } from '../support/expect-code.ts';

const article = {
  terms: [
    { signal: 'dwell', transform: { type: 'saturating', half: 30 }, weight: 0.6 },
    { signal: 'scroll', weight: 0.3 },
    { signal: 'copies', transform: { type: 'log', scale: 2 }, weight: 0.2 },
    { signal: 'returned', transform: { type: 'threshold', at: 1 }, weight: -0.5 },
  ],
};

describe('reward', () => {
  test('is the weighted sum of the transformed signals, with each part explained', () => {
    const { reward, combined, known, terms } = new RewardFormula(article).explain({
      dwell: 60,
      scroll: 0.5,
      copies: 4,
      returned: 0,
    });
    expect(terms.map(({ transformed }) => transformed)).toEqual([60 / 90, 0.5, Math.log(3), 0]);
    expect(combined).toBeCloseTo(0.4 + 0.15 + 0.2 * Math.log(3), 12);
    expect(reward).toBe(combined);
    expect(known).toBe(4);
    expect(terms.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(combined, 12);
  });

  test('is cut to [0, 1]', () => {
    const formula = new RewardFormula({
      terms: [{ signal: 'stars', transform: { type: 'linear', scale: 5 }, weight: 2 }],
    });
    expect(formula.explain({ stars: 4 })).toMatchObject({ reward: 1, combined: 1.6 });
    expect(formula.explain({ stars: -1 })).toMatchObject({ reward: 0, combined: -0.4 });
  });

  test('a signal that is missing, null or not finite says nothing', () => {
    const formula = new RewardFormula(article);
    for (const signals of [{ scroll: 0.5 }, { scroll: 0.5, dwell: null }, { scroll: 0.5, dwell: NaN }]) {
      const { reward, known, terms } = formula.explain(signals);
      expect(reward).toBeCloseTo(0.15, 12);
      expect(known).toBe(1);
      expect(terms[0]).toEqual({ signal: 'dwell', observed: null, transformed: null, contribution: 0 });
    }
    expect(formula.explain({})).toMatchObject({ reward: 0, known: 0 });
    expect(formula.explain(Object.create({ scroll: 1 }) as Record<string, number>).known).toBe(0);
  });

  test('max takes the strongest known term, a negative one where it is the only one', () => {
    const formula = new RewardFormula({
      combine: 'max',
      terms: [
        { signal: 'read', weight: 0.7 },
        { signal: 'saved', weight: 0.9 },
        { signal: 'hidden', weight: -1 },
      ],
    });
    expect(formula.reward({ read: 1, saved: 0.5 })).toBeCloseTo(0.7, 12);
    expect(formula.explain({ hidden: 0.25 })).toMatchObject({ reward: 0, combined: -0.25 });
  });

  test('transforms take what is below 0 for 0, where they have no meaning there', () => {
    const at = (transform: object) =>
      new RewardFormula({ terms: [{ signal: 'x', transform, weight: 1 }] }).explain({ x: -3 }).combined;
    expect(at({ type: 'log' })).toBe(0);
    expect(at({ type: 'saturating', half: 2 })).toBe(0);
    expect(at({ type: 'threshold', at: -3 })).toBe(1);
    expect(at({ type: 'linear', scale: 2 })).toBe(-1.5);
  });
});

describe('version', () => {
  test('is one for equal formulas, whatever the order of terms and keys and whether defaults are written', () => {
    const again = {
      combine: 'sum',
      terms: [...article.terms].reverse().map(({ weight, ...rest }) => ({ weight, ...rest })),
    };
    const written = new RewardFormula(article);
    expect(written.formulaVersion).toMatch(/^[0-9a-f]{16}$/);
    expect(new RewardFormula(again).formulaVersion).toBe(written.formulaVersion);
    expect(new RewardFormula(JSON.parse(JSON.stringify(written.declaration))).formulaVersion).toBe(
      written.formulaVersion,
    );
  });

  test('changes with every number', () => {
    const versions = [0.6, 0.61].flatMap((weight) =>
      [30, 31].map((half) => {
        const terms = [{ signal: 'dwell', transform: { type: 'saturating', half }, weight }];
        return new RewardFormula({ terms }).formulaVersion;
      }),
    );
    expect(new Set(versions).size).toBe(4);
    expect(new RewardFormula({ ...article, combine: 'max' }).formulaVersion).not.toBe(
      new RewardFormula(article).formulaVersion,
    );
  });

  test('names its signals once', () => {
    const terms = ['b', 'a', 'b'].map((signal) => ({ signal, weight: 1 }));
    expect(new RewardFormula({ terms }).signals).toEqual(['a', 'b']);
  });
});

test.each([
  ['nothing', undefined],
  ['no term', { terms: [] }],
  ['a term without a signal', { terms: [{ weight: 1 }] }],
  ['an infinite weight', { terms: [{ signal: 'a', weight: Infinity }] }],
  ['a transform that is not there', { terms: [{ signal: 'a', weight: 1, transform: { type: 'eval', code: '1' } }] }],
  ['a scale of 0', { terms: [{ signal: 'a', weight: 1, transform: { type: 'log', scale: 0 } }] }],
  ['a key that is not known', { terms: [{ signal: 'a', weight: 1, wieght: 2 }] }],
  ['65 terms', { terms: Array.from({ length: 65 }, () => ({ signal: 'a', weight: 1 })) }],
])('%s is not a formula', async (_, input) => {
  await expectCode(() => new RewardFormula(input), 'INVALID_CONFIG');
});
