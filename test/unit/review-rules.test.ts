import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certaintyOfChoice, certaintyOfInterval } from '../../src/review/certainty.ts';
import { doubtOf, isSpotCheck } from '../../src/review/doubt.ts';
import { reviewRules, type ReviewRules } from '../../src/review/review-rules.ts';
import { expectCode } from '../support/expect-code.ts';

const DAY_MS = 86_400_000;

const rulesOf = (review: object, kind = 'classification', regulated = false): ReviewRules => {
  const rules = reviewRules({ kind, regulated, review });
  if (!rules) throw new Error('there are no rules');
  return rules;
};

describe('the rules of a task', () => {
  it('are there where it declares one of the two, with defaults', () => {
    expect(reviewRules({ kind: 'classification', regulated: false })).toBeNull();
    expect(reviewRules({ kind: 'retrieval', regulated: false })).toBeNull();
    const defaults = {
      minConfidence: 0.8,
      minMargin: 0,
      tolerance: 0,
      maxWidth: null,
      minLearned: 30,
      sample: 0.05,
      remote: false,
      weight: 5,
      queueLimit: 200,
      expireAfterMs: 30 * DAY_MS,
    };
    expect(reviewRules({ kind: 'ranking', regulated: true })).toEqual({ ...defaults, regulated: true });
    expect(rulesOf({}, 'classification')).toEqual({ ...defaults, regulated: false });
    expect(rulesOf({ maxWidth: 3, weight: 2 }, 'regression')).toEqual({
      ...defaults,
      regulated: false,
      minConfidence: 1,
      maxWidth: 3,
      weight: 2,
    });
  });

  it('are refused where they are none', async () => {
    const refused: [review: unknown, kind: string][] = [
      [{ minConfidence: 1.1 }, 'classification'],
      [{ maxWidth: 1 }, 'classification'],
      [{ minConfidence: 0.5 }, 'regression'],
      [{ maxWidth: 0 }, 'regression'],
      [{ tolerance: 0.1 }, 'classification'],
      [{ tolerance: 2 }, 'ranking'],
      [{ weight: 0 }, 'ranking'],
      [{ queueLimit: 0.5 }, 'ranking'],
      [{ sample: -0.1 }, 'ranking'],
      ['yes', 'ranking'],
      [{}, 'forecasting'],
      [{}, 'retrieval'],
    ];
    for (const [review, kind] of refused)
      await expectCode(async () => reviewRules({ kind, regulated: false, review }), 'INVALID_CONFIG');
    await expectCode(async () => reviewRules({ kind: 'forecasting', regulated: true }), 'INVALID_CONFIG');
  });
});

describe('certainty', () => {
  it('of a choice is the best chance and its lead', () => {
    expect(certaintyOfChoice([0.2, 0.7, 0.1])).toEqual({ confidence: 0.7, margin: 0.7 - 0.2 });
    expect(certaintyOfChoice([0.5, 0.5])).toEqual({ confidence: 0.5, margin: 0 });
  });

  it('is nothing where there are not two to choose from', () => {
    expect(certaintyOfChoice([])).toEqual({ confidence: 0, margin: 0 });
    expect(certaintyOfChoice([1])).toEqual({ confidence: 0, margin: 0 });
  });

  it('of a choice does not depend on the order, and lies in [0, 1]', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 9 }), (chances) => {
        const { confidence, margin } = certaintyOfChoice(chances);
        expect(certaintyOfChoice([...chances].reverse())).toEqual({ confidence, margin });
        expect(confidence).toBe(Math.max(...chances));
        expect(margin).toBeGreaterThanOrEqual(0);
        expect(margin).toBeLessThanOrEqual(confidence);
      }),
    );
  });

  it('of an interval falls with what is too wide', () => {
    expect(certaintyOfInterval(1, 3, 2)).toEqual({ confidence: 1, margin: 1 });
    expect(certaintyOfInterval(1, 5, 2)).toEqual({ confidence: 0.5, margin: 0.5 });
    expect(certaintyOfInterval(-Infinity, Infinity, 2).confidence).toBe(0);
    expect(certaintyOfInterval(7, 7, 2).confidence).toBe(1);
    expect(certaintyOfInterval(-Infinity, Infinity, null).confidence).toBe(1);
  });
});

describe('doubt', () => {
  const sure = { confidence: 0.9, margin: 0.8 };
  const known = { approved: false, learned: 30 };

  it('is of confidence or lead, and of every number that is none', () => {
    const rules = rulesOf({ minConfidence: 0.9, minMargin: 0.5 });
    expect(doubtOf(rules, sure, known)).toBeNull();
    expect(doubtOf(rules, { ...sure, confidence: 0.89 }, known)).toBe('confidence');
    expect(doubtOf(rules, { ...sure, margin: 0.49 }, known)).toBe('confidence');
    expect(doubtOf(rules, { ...sure, confidence: NaN }, known)).toBe('confidence');
    expect(doubtOf(rules, { ...sure, margin: NaN }, known)).toBe('confidence');
  });

  it('is of who has learned too little, however sure that one is', () => {
    expect(doubtOf(rulesOf({}), { confidence: 1, margin: 1 }, { approved: false, learned: 29 })).toBe('confidence');
    expect(doubtOf(rulesOf({ minLearned: 0 }), sure, { approved: false, learned: 0 })).toBeNull();
  });

  it('of a regulated task comes first, until its version is approved', () => {
    const rules = rulesOf({}, 'classification', true);
    expect(doubtOf(rules, sure, known)).toBe('regulated');
    expect(doubtOf(rules, sure, { ...known, approved: true })).toBeNull();
    expect(doubtOf(rules, { confidence: 0.1, margin: 0 }, { ...known, approved: true })).toBe('confidence');
  });
});

describe('spot checks', () => {
  const drawn = (sample: number, seed = 1) =>
    Array.from({ length: 4000 }, (_, index) => isSpotCheck(rulesOf({ sample }), `decision ${index}`, seed));
  const count = (checks: readonly boolean[]) => checks.filter((is) => is).length;

  it('are drawn as often as declared, and the same again', () => {
    expect(count(drawn(0))).toBe(0);
    expect(count(drawn(1))).toBe(4000);
    // Five standard deviations of a binomial of 4000 with p = 0.1.
    expect(Math.abs(count(drawn(0.1)) - 400)).toBeLessThan(5 * Math.sqrt(4000 * 0.09));
    expect(drawn(0.1)).toEqual(drawn(0.1));
    expect(drawn(0.1, 2)).not.toEqual(drawn(0.1));
  });

  it('of a smaller share are among those of a larger one', () => {
    const large = drawn(0.3);
    expect(drawn(0.1).every((is, index) => !is || large[index])).toBe(true);
  });
});
