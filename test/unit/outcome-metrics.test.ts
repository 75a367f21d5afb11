import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Accuracy } from '../../src/monitor/accuracy.ts';
import { KappaTemporal } from '../../src/monitor/kappa-temporal.ts';
import { ClassificationOutcome } from '../../src/monitor/outcome/classification-outcome.ts';
import { MeanInterval } from '../../src/monitor/outcome/mean-interval.ts';
import { RankingOutcome, type ItemOutcome, type RankedDecision } from '../../src/monitor/outcome/ranking-outcome.ts';
import { RegressionOutcome } from '../../src/monitor/outcome/regression-outcome.ts';
import { Rng } from '../../src/core/rng.ts';
import { LowerMeanProcess } from '../../src/monitor/sequential/lower-mean-process.ts';
import '../support/fixed-seed.ts';

const throughJson = (state: unknown): unknown => JSON.parse(JSON.stringify(state));
const item = (given: Partial<ItemOutcome> = {}): ItemOutcome => ({
  ...{ place: 0, reward: 0, chosen: false, completed: null, satisfaction: null, predicted: null },
  ...given,
});

describe('a classification', () => {
  test('has no figures before the first label, and no class', () => {
    const { total, sliding, measures } = new ClassificationOutcome().summary();
    expect(total).toEqual({
      ...{ count: 0, accuracy: null, persistentAccuracy: null, kappaTemporal: null, logLoss: null, brier: null },
      ...{ calibrationError: null, classes: [] },
    });
    expect(sliding).toEqual(total);
    expect(measures.accuracy).toEqual({ count: 0, mean: null, lower: 0, upper: 1, level: 0.95 });
  });

  test('a prediction before any class is known is wrong, of no class, and without confidence', () => {
    const outcome = new ClassificationOutcome();
    outcome.update({ actual: 'up', predicted: null, probabilities: {} });
    const { total } = outcome.summary();
    expect(total.accuracy).toBe(0);
    expect(total.brier).toBe(1);
    expect(total.logLoss).toBeCloseTo(-Math.log(1e-15), 10);
    expect(total.calibrationError).toBe(0);
    const up = { label: 'up', count: 1, precision: null, recall: 0, falsePositiveRate: null, falseNegativeRate: 1 };
    expect(total.classes).toEqual([up]);
  });

  test('classes beyond the first ones are one, and right predictions of them count as right', () => {
    const outcome = new ClassificationOutcome({ classes: 2 });
    const rows = [
      ['a', 'a'],
      ['b', 'a'],
      ['c', 'c'],
      ['d', 'c'],
      ['d', 'b'],
    ] as const;
    for (const [actual, predicted] of rows) outcome.update({ actual, predicted, probabilities: { [predicted]: 1 } });
    const { total } = outcome.summary();
    expect(total.accuracy).toBe(0.4);
    expect(total.classes.map(({ label, count }) => [label, count])).toEqual([
      ['a', 1],
      ['b', 1],
      [null, 3],
    ]);
    // "d" taken for "c": of the others, and said to be.
    expect(total.classes[2]).toMatchObject({ precision: 1, recall: 2 / 3, falsePositiveRate: 0 });
  });

  test('accuracy and kappa-temporal are those of the metrics of one number', () => {
    const label = fc.constantFrom('a', 'b', 'constructor');
    fc.assert(
      fc.property(fc.array(fc.tuple(label, fc.option(label)), { minLength: 1, maxLength: 40 }), (rows) => {
        const [outcome, accuracy, kappa] = [new ClassificationOutcome(), new Accuracy(), new KappaTemporal()];
        for (const [actual, predicted] of rows) {
          outcome.update({ actual, predicted, probabilities: predicted === null ? {} : { [predicted]: 1 } });
          accuracy.update(actual, predicted);
          kappa.update(actual, predicted);
        }
        const { total, measures } = outcome.summary();
        expect(total.accuracy).toBe(accuracy.get());
        expect(total.persistentAccuracy).toBe(kappa.persistentAccuracy());
        expect(total.kappaTemporal).toBe(kappa.get());
        expect(measures.accuracy.mean).toBeCloseTo(accuracy.get(), 12);
      }),
    );
  });

  test('a probability outside [0, 1] is refused, and nothing is taken in', () => {
    const outcome = new ClassificationOutcome();
    const before = outcome.state();
    for (const probability of [1.1, -0.1, NaN]) {
      const update = () => outcome.update({ actual: 'a', predicted: 'a', probabilities: { a: probability } });
      expect(update).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
    }
    expect(outcome.state()).toEqual(before);
  });
});

describe('a ranking', () => {
  const decisions: RankedDecision[] = [
    { items: [] },
    {
      items: [
        item({ place: 0, predicted: 0.5 }),
        item({ place: 3, reward: 1, chosen: true, completed: true, satisfaction: 0.8, predicted: 0.25 }),
        item({ place: 4, reward: 0.5, chosen: true, completed: false }),
      ],
    },
    { items: [item({ place: 0 }), item({ place: 1, satisfaction: 0.2 })] },
    { items: [item({ place: 2, reward: 0.5, chosen: true }), item({ place: -1, reward: 0.1, chosen: true })] },
  ];

  test('figures of four decisions, one of which nobody heard of', () => {
    const outcome = new RankingOutcome();
    for (const decision of decisions) outcome.update(decision);
    const { total, measures } = outcome.summary();
    expect(total).toEqual({
      count: 4,
      withoutFeedback: 0.25,
      reward: expect.closeTo((1.5 + 0 + 0.6) / 3, 12),
      rewardDeviation: expect.closeTo(Math.sqrt((1.5 ** 2 + 0.6 ** 2) / 3 - 0.7 ** 2), 12),
      clickRate: 2 / 3,
      completionRate: 0.5,
      meanPlace: 3,
      satisfaction: 0.5,
      satisfactionRate: 2 / 3,
      logLoss: expect.closeTo((Math.LN2 + Math.log(4)) / 2, 12),
      brier: (0.5 ** 2 + 0.75 ** 2) / 2,
      bias: -0.125,
    });
    expect(measures.reward).toMatchObject({ count: 3, mean: expect.closeTo(1.6 / 3, 12) });
    expect(measures.clickRate).toMatchObject({ count: 3, mean: expect.closeTo(2 / 3, 12) });
  });

  test('a window of the last decisions only', () => {
    const outcome = new RankingOutcome({ window: 2 });
    for (const decision of decisions) outcome.update(decision);
    expect(outcome.summary().sliding).toMatchObject({ count: 2, withoutFeedback: 0, clickRate: 0.5, meanPlace: 2 });
    expect(new RankingOutcome({ window: 0 }).summary().sliding).toBeNull();
  });

  test.each([
    ['a place', { place: -2 }],
    ['a reward', { reward: 1.5 }],
    ['a satisfaction', { satisfaction: NaN }],
    ['a prediction', { predicted: -0.1 }],
  ])('%s outside its range is refused, and nothing is taken in', (_, given) => {
    const outcome = new RankingOutcome();
    const before = outcome.state();
    const update = () => outcome.update({ items: [item(), item(given)] });
    expect(update).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
    expect(outcome.state()).toEqual(before);
  });
});

describe('a regression', () => {
  test('predictions without an interval count, and say nothing about coverage', () => {
    const outcome = new RegressionOutcome();
    outcome.update({ actual: 1, predicted: 3, lower: -Infinity, upper: Infinity });
    expect(outcome.summary().total).toMatchObject({
      withoutInterval: 1,
      coverage: null,
      meanAbsoluteError: 2,
      bias: 2,
    });
    outcome.update({ actual: 1, predicted: 1, lower: 1, upper: 2 });
    expect(outcome.summary().total).toMatchObject({ withoutInterval: 0.5, coverage: 1, intervalWidth: 1 });
    expect(outcome.summary().measures.coverage.count).toBe(1);
  });

  test('stays finite whatever comes', () => {
    const outcome = new RegressionOutcome();
    const largest = Number.MAX_VALUE;
    for (let i = 0; i < 3; i++)
      outcome.update({ actual: -largest, predicted: largest, lower: -largest, upper: largest });
    expect(outcome.summary().total).toMatchObject({ meanAbsoluteError: 1e100, rootMeanSquaredError: 1e100 });
    expect(() => new RegressionOutcome().restore(throughJson(outcome.state()))).not.toThrow();
  });

  test('errors are compared up to the largest one that was given, and not at all without', () => {
    const bounded = new RegressionOutcome({ largestError: 2 });
    for (const error of [1, -0.5, 30]) bounded.update({ actual: 0, predicted: error, lower: -1, upper: 1 });
    expect(bounded.measures.boundedError?.mean()).toBeCloseTo((0.5 + 0.25 + 1) / 3, 12);
    expect(Object.keys(bounded.summary().measures)).toEqual(['coverage', 'boundedError']);
    expect(Object.keys(new RegressionOutcome().measures)).toEqual(['coverage']);
    expect(() => new RegressionOutcome({ largestError: 0 })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
  });

  test.each([
    { actual: NaN, predicted: 0, lower: 0, upper: 1 },
    { actual: 0, predicted: Infinity, lower: 0, upper: 1 },
    { actual: 0, predicted: 0, lower: 1, upper: 0 },
    { actual: 0, predicted: 0, lower: NaN, upper: 0 },
  ])('%o is refused', (observation) => {
    const outcome = new RegressionOutcome();
    expect(() => outcome.update(observation)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
  });
});

describe('states', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);
  const seen = fc.record<ItemOutcome>({
    ...{ place: fc.integer({ min: -1, max: 20 }), reward: unit, chosen: fc.boolean() },
    ...{ completed: fc.option(fc.boolean()), satisfaction: fc.option(unit), predicted: fc.option(unit) },
  });
  const decision = fc.record({ items: fc.array(seen, { maxLength: 4 }) });
  const label = fc.constantFrom('a', 'b', 'c', 'd');
  const labelled = fc.record({
    actual: label,
    predicted: fc.option(label),
    probabilities: fc.constant({ a: 0.25, b: 0.75 }),
  });
  const value = fc.double({ min: -1e3, max: 1e3, noNaN: true }).map((one) => one + 0);
  const measured = fc
    .record({ actual: value, predicted: value, half: fc.oneof(unit, fc.constant(Infinity)) })
    .map(({ half, ...others }) => ({ ...others, lower: others.predicted - half, upper: others.predicted + half }));

  interface Metrics<T> {
    update(observation: T): void;
    summary(): unknown;
    state(): unknown;
    restore(state: unknown): void;
  }
  const resumes = <T>(create: () => Metrics<T>, observation: fc.Arbitrary<T>): void =>
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 30 }), fc.nat(30), (all, at) => {
        const [whole, before, after] = [create(), create(), create()];
        for (const one of all) whole.update(one);
        for (const one of all.slice(0, at)) before.update(one);
        after.restore(throughJson(before.state()));
        for (const one of all.slice(at)) after.update(one);
        expect(after.state()).toEqual(whole.state());
        expect(after.summary()).toEqual(whole.summary());
        expect(throughJson(after.summary())).toEqual(after.summary());
      }),
      { numRuns: 50 },
    );

  test('a classification resumes to the same bits', () => {
    resumes(() => new ClassificationOutcome({ classes: 2, window: 7, halfLife: 5 }), labelled);
  });

  test('a ranking resumes to the same bits', () => {
    resumes(() => new RankingOutcome({ window: 7, halfLife: 5 }), decision);
  });

  test('a regression resumes to the same bits', () => {
    resumes(() => new RegressionOutcome({ window: 7, halfLife: 5, largestError: 3 }), measured);
  });

  test('damaged ones are refused', () => {
    const outcome = new ClassificationOutcome({ classes: 3 });
    outcome.update({ actual: 'a', predicted: 'b', probabilities: { a: 0.5, b: 0.5 } });
    const state = throughJson(outcome.state()) as Record<string, unknown>;
    const refused = expect.objectContaining({ code: 'INVALID_DATA' });
    for (const key of Object.keys(state)) {
      const { [key]: _, ...rest } = state;
      expect(() => new ClassificationOutcome({ classes: 3 }).restore(rest), key).toThrow(refused);
      expect(() => new ClassificationOutcome({ classes: 3 }).restore({ ...state, [key]: 7 }), key).toThrow(refused);
    }
    expect(() => new ClassificationOutcome({ classes: 4 }).restore(state)).toThrow(refused);
    expect(() => new RankingOutcome().restore(state)).toThrow(refused);
    expect(() => new RegressionOutcome().restore(undefined)).toThrow(refused);
  });
});

describe('the interval of a mean', () => {
  test('holds at every look in at least the share that it promises', () => {
    let missed = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const rng = Rng.fromSeed(seed);
      const mean = new MeanInterval();
      let outside = false;
      for (let i = 1; i <= 600; i++) {
        mean.update(Number(rng.nextFloat() < 0.2));
        if (i % 20 > 0) continue;
        const { lower, upper } = mean.interval(0.9);
        outside ||= lower > 0.2 || upper < 0.2;
      }
      if (outside) missed++;
    }
    expect(missed).toBeLessThanOrEqual(10);
  });

  test('narrows around the mean', () => {
    const rng = Rng.fromSeed(8);
    const mean = new MeanInterval();
    for (let i = 0; i < 4000; i++) mean.update(Number(rng.nextFloat() < 0.2));
    const { lower, upper } = mean.interval();
    expect(lower).toBeGreaterThan(0.15);
    expect(upper).toBeLessThan(0.25);
  });

  test('ends where the evidence against each side is that of half of the error probability', () => {
    const values = Array.from({ length: 60 }, (_, index) => (index % 4) / 3);
    const [mean, process] = [new MeanInterval(), new LowerMeanProcess(0)];
    for (const value of values) {
      mean.update(value);
      process.update(value);
    }
    const { lower, upper } = mean.interval(0.9);
    expect(process.logEvidence(lower)).toBeCloseTo(Math.log(20), 6);
    // The values are as far from 1 as from 0.
    expect(upper).toBeCloseTo(1 - lower, 1);
    expect(upper).toBeGreaterThan(0.5);
  });

  test('no click in many is not surely none', () => {
    const mean = new MeanInterval();
    for (let i = 0; i < 50; i++) mean.update(0);
    const { lower, upper } = mean.interval();
    expect(lower).toBe(0);
    expect(upper).toBeGreaterThan(0.05);
  });

  test('refuses what is outside [0, 1], and sides that differ', () => {
    const refused = expect.objectContaining({ code: 'INVALID_DATA' });
    expect(() => new MeanInterval().update(1.01)).toThrow(refused);
    expect(() => new MeanInterval().restore({ lower: [1, 1, 0], upper: [2, 1, 0] })).toThrow(refused);
    expect(() => new MeanInterval().restore({ lower: [1, 1], upper: [1, 1, 0] })).toThrow(refused);
  });
});
