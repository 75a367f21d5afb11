import { expect, test } from 'vitest';
import { aggregate, spread } from '../../bench/learning/aggregate.ts';
import { median } from '../../bench/lib/median.ts';
import { DEFAULT_METHOD } from '../../bench/learning/benchmark.ts';
import { checkGoals } from '../../bench/learning/harness/goals.ts';
import { summary } from './learning-bench-fixture.ts';

const cost = (predictUs: number) => ({ predictUs, learnUs: 10 * predictUs, stateBytes: 100 * predictUs });

test('metrics get mean and sample deviation over the seeds, costs their median, in the order of first appearance', () => {
  const methods = aggregate([
    { seed: 1, results: [{ method: 'a', metrics: { accuracy: 0.8 }, cost: cost(1) }] },
    {
      seed: 2,
      results: [
        { method: 'b', metrics: { accuracy: 0.5 }, note: 'slow' },
        { method: 'a', metrics: { accuracy: 0.9 }, cost: cost(9) },
      ],
    },
    {
      seed: 3,
      results: [
        { method: 'a', metrics: { accuracy: 1, late: 3 }, cost: cost(2) },
        { method: 'b', metrics: { accuracy: 0.7 }, note: 'slow' },
      ],
    },
  ]);
  expect(methods.map(({ method }) => method)).toEqual(['a', 'b']);
  const [a, b] = methods;
  expect(a?.metrics.accuracy?.mean).toBeCloseTo(0.9, 12);
  expect(a?.metrics.accuracy?.standardDeviation).toBeCloseTo(0.1, 12);
  expect(a?.metrics.accuracy?.values).toEqual([0.8, 0.9, 1]);
  expect(a?.metrics.late).toEqual({ mean: 3, standardDeviation: null, values: [3] });
  expect(a?.cost).toEqual({ predictUs: 2, learnUs: 20, stateBytes: 200 });
  expect(b?.cost).toBeUndefined();
  expect(b?.note).toBe('slow');
});

test('a metric that is not a number is no result', () => {
  const run = (accuracy: number) => [{ seed: 1, results: [{ method: 'a', metrics: { accuracy } }] }];
  expect(() => aggregate(run(Number.NaN))).toThrow('a: accuracy is NaN');
  expect(() => aggregate(run(Infinity))).toThrow(RangeError);
});

test('the median of an even number is between the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([5, 1, 3])).toBe(3);
});

const own = [summary(DEFAULT_METHOD, { accuracy: spread([0.88, 0.9]), predictUs: spread([60]) })];

test('a goal is held against the mean, from below, from above or both', () => {
  const [atLeast, atMost, between] = checkGoals(
    [
      { metric: 'accuracy', atLeast: 0.89, source: 's' },
      { metric: 'predictUs', atMost: 50, source: 's' },
      { metric: 'accuracy', atLeast: 0.8, atMost: 0.85, source: 's' },
    ],
    own,
  );
  expect(atLeast).toMatchObject({ reached: true, missedBy: 0 });
  expect(atMost).toMatchObject({ mean: 60, reached: false, missedBy: 10 });
  expect(between?.reached).toBe(false);
  expect(between?.missedBy).toBeCloseTo(0.04, 12);
});

test('what another method reached is no goal reached, nor is a metric that the default does not have', () => {
  const goals = [{ metric: 'accuracy', atLeast: 0.5, source: 's' }];
  const unmeasured = { mean: null, reached: false, missedBy: null };
  expect(checkGoals(goals, [summary('Tendril (tuned)', { accuracy: spread([0.99]) })])[0]).toMatchObject(unmeasured);
  expect(checkGoals([{ metric: 'ctr', atLeast: 0.5, source: 's' }], own)[0]).toMatchObject(unmeasured);
});
