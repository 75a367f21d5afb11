import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { AlertBook, type MetricValue } from '../../src/monitor/alerts/alert-book.ts';
import { defaultRules } from '../../src/monitor/alerts/default-rules.ts';
import {
  classificationValues,
  exposureValues,
  gapValues,
  operationValues,
  rankingValues,
  regressionValues,
} from '../../src/monitor/alerts/metric-values.ts';
import { ExposureBook } from '../../src/monitor/exposure/exposure-book.ts';
import { OperationMetrics } from '../../src/monitor/operation/operation-metrics.ts';
import { ClassificationOutcome } from '../../src/monitor/outcome/classification-outcome.ts';
import { RankingOutcome } from '../../src/monitor/outcome/ranking-outcome.ts';
import { RegressionOutcome } from '../../src/monitor/outcome/regression-outcome.ts';

const scope = { taskId: 'news', modelVersion: 3 };
const valuesOf = (values: readonly MetricValue[]) =>
  Object.fromEntries(values.map(({ metric, value }) => [metric, value]));
const clock = { nowMs: () => 0 };

/** A stream of right and wrong answers, looked at after every 20th: the observations at which ERROR_RATE_UP was raised. */
function raisedAt(errorAt: (index: number) => number, count: number, seed: number): number[] {
  const [rng, outcome] = [Rng.fromSeed(seed), new ClassificationOutcome({ window: 0 })];
  const book = new AlertBook(defaultRules, clock);
  const raised: number[] = [];
  for (let index = 1; index <= count; index++) {
    const predicted = rng.nextFloat() < errorAt(index) ? 'b' : 'a';
    outcome.update({ actual: 'a', predicted, probabilities: { a: 1 - errorAt(index), b: errorAt(index) } });
    if (index % 20 > 0) continue;
    const events = book.look(classificationValues(scope, outcome.summary()));
    if (events.some(({ kind, alert }) => kind === 'raised' && alert.code === 'ERROR_RATE_UP')) raised.push(index);
  }
  return raised;
}

describe('the rise of an error rate', () => {
  test('is not raised by chance', () => {
    for (let seed = 1; seed <= 5; seed++) expect(raisedAt(() => 0.2, 4000, seed)).toEqual([]);
  });

  test('is raised when the error doubles', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const [first, ...more] = raisedAt((index) => (index <= 1000 ? 0.2 : 0.4), 2000, seed);
      expect(more).toEqual([]);
      expect(first).toBeGreaterThan(1000);
      expect(first).toBeLessThanOrEqual(1500);
    }
  });

  test('is in standard errors of the mean over all time', () => {
    const outcome = new ClassificationOutcome({ halfLife: 100 });
    const update = (right: boolean) =>
      outcome.update({ actual: 'a', predicted: right ? 'a' : 'b', probabilities: { a: 0.5, b: 0.5 } });
    for (let i = 0; i < 49; i++) update(true);
    expect(valuesOf(classificationValues(scope, outcome.summary()))).toEqual({
      errorRise: null,
      calibrationError: null,
    });
    for (let i = 0; i < 200; i++) update(i % 2 === 0);
    const { total, decaying } = outcome.summary();
    const deviation = Math.sqrt(total.accuracy! * (1 - total.accuracy!));
    const expected = (total.accuracy! - decaying.accuracy!) / (deviation / Math.sqrt(decaying.count));
    expect(valuesOf(classificationValues(scope, outcome.summary())).errorRise).toBeCloseTo(expected, 9);
    expect(expected).toBeGreaterThan(1);
  });
});

test('values of a ranking', () => {
  const outcome = new RankingOutcome({ halfLife: 50 });
  const decide = (reward: number, count: number) => {
    for (let i = 0; i < count; i++) {
      const item = { place: 0, reward, chosen: reward > 0, completed: null, satisfaction: null, predicted: 0.75 };
      outcome.update({ items: [item] });
      outcome.update({ items: [] });
    }
  };
  decide(1, 400);
  expect(valuesOf(rankingValues(scope, outcome.summary()))).toMatchObject({
    rewardFall: null, // the window is worth less than 50 decisions that something was heard of
    rewardBias: null,
    withoutFeedback: expect.closeTo(0.5, 1),
  });
  const long = new RankingOutcome({ halfLife: 200 });
  for (let i = 0; i < 600; i++) {
    const reward = i < 400 ? 1 : 0;
    const item = { place: 0, reward, chosen: true, completed: null, satisfaction: null, predicted: 0.75 };
    long.update({ items: [item] });
  }
  const { rewardFall, rewardBias } = valuesOf(rankingValues(scope, long.summary()));
  const { total, decaying } = long.summary();
  expect(rewardFall).toBeCloseTo(((2 / 3 - decaying.reward!) * Math.sqrt(decaying.count)) / Math.sqrt(2 / 9), 6);
  expect(rewardFall).toBeGreaterThan(3);
  expect(rewardBias).toBeCloseTo(Math.abs(decaying.bias!), 12);
  expect(total.rewardDeviation).toBeCloseTo(Math.sqrt(2 / 9), 9);
});

test('values of a regression', () => {
  const outcome = new RegressionOutcome();
  for (let i = 0; i < 300; i++) {
    outcome.update({ actual: 0, predicted: i < 200 ? (i % 2) + 1 : 5, lower: -3, upper: 3 });
  }
  const { errorRise, coverage } = valuesOf(regressionValues(scope, outcome.summary()));
  const { total, decaying } = outcome.summary();
  const deviation = Math.sqrt(total.rootMeanSquaredError! ** 2 - total.meanAbsoluteError! ** 2);
  const expected = ((decaying.meanAbsoluteError! - total.meanAbsoluteError!) * Math.sqrt(decaying.count)) / deviation;
  expect(errorRise).toBeCloseTo(expected, 9);
  expect(errorRise).toBeGreaterThan(1);
  expect(coverage).toBe(1);
  expect(valuesOf(regressionValues(scope, new RegressionOutcome().summary()))).toEqual({
    errorRise: null,
    coverage: null,
  });
});

test('a gap counts as far as its interval is from nothing', () => {
  const base = {
    measure: 'reward',
    segments: ['a', 'b'],
    modelVersion: 1,
    counts: [90, 90],
    means: [0.5, 0.2],
    ratio: 2.5,
    ratioInterval: { lower: 1.2, upper: 4, level: 0.95 },
  } as const;
  const gap = (lower: number, upper: number) =>
    gapValues('news', [
      { ...base, status: 'estimated', difference: 0.3, differenceInterval: { lower, upper, level: 0.95 } },
    ]);
  expect(gap(0.1, 0.5)).toEqual([{ taskId: 'news', segment: 'reward: a / b', metric: 'segmentGap', value: 0.1 }]);
  expect(gap(-0.4, -0.25)[0]?.value).toBe(0.25);
  expect(gap(-0.1, 0.4)[0]?.value).toBe(0);
  const refused = { ...base, status: 'refused', reason: 'too-few-observations', least: 50 } as const;
  expect(gapValues('news', [refused])).toEqual([]);
});

test('values of operation and exposure', () => {
  const operation = new OperationMetrics();
  expect(Object.values(valuesOf(operationValues(scope, operation.summary())))).toEqual([null, null, null, null]);
  for (let i = 0; i < 200; i++) {
    operation.predicted(100);
    operation.decided(i % 4 === 0 ? 'DEADLINE_EXCEEDED' : null);
  }
  operation.queued(3);
  operation.stored({ usedBytes: 9, quotaBytes: 10 });
  const told = valuesOf(operationValues(scope, operation.summary()));
  expect(told).toMatchObject({ queueMean: 3, fallbackShare: expect.closeTo(0.25, 1), storageShare: 0.9 });
  expect(told.latencyP95Ms! / 100).toBeCloseTo(1, 1);

  const book = new ExposureBook({ items: 10, topics: 2 });
  expect(Object.values(valuesOf(exposureValues(scope, book.summary())))).toEqual([null, null, null, null, null]);
  for (let i = 0; i < 100; i++) book.decided({ shown: [{ item: 'a', topics: ['x'] }], host: ['b'] });
  expect(valuesOf(exposureValues(scope, book.summary()))).toMatchObject({
    itemShare: 1,
    topicShare: 1,
    exposureGini: expect.closeTo(0.9, 9),
    popularityLift: null,
  });
});

test('the default rules are valid, and name what there is', () => {
  new AlertBook(defaultRules, clock);
  const metrics = [
    ...classificationValues(scope, new ClassificationOutcome().summary()),
    ...rankingValues(scope, new RankingOutcome().summary()),
    ...regressionValues(scope, new RegressionOutcome().summary()),
    ...operationValues(scope, new OperationMetrics().summary()),
    ...exposureValues(scope, new ExposureBook({ items: 1, topics: 1 }).summary()),
  ].map(({ metric }) => metric);
  for (const { metric } of defaultRules) expect([...metrics, 'segmentGap']).toContain(metric);
});
