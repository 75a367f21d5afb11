import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import {
  PerformanceEstimator,
  type PerformanceEstimate,
  type PerformanceMeasure,
} from '../../src/monitor/confidence/performance-estimator.ts';
import { expectCode } from '../support/expect-code.ts';
import { throughJson } from './distribution-fixture.ts';

/**
 * A visitor's true chance of `yes` is σ(2x) with x normal around `mean`; the model knows that but is too sure by a factor of 1.8 in log-odds.
 * @param turned the meaning of x has changed
 */
function decision(rng: Rng, mean: number, turned = false) {
  const x = mean + rng.nextGaussian();
  const model = 1 / (1 + Math.exp(-3.6 * x));
  const isYes = rng.nextFloat() < 1 / (1 + Math.exp(turned ? 2 * x : -2 * x));
  const saysYes = model >= 0.5;
  const confidence = Math.max(model, 1 - model);
  const entropy = -confidence * Math.log(confidence) - (1 - confidence) * Math.log(Math.max(1e-300, 1 - confidence));
  const loss = -Math.log(Math.max(1e-15, isYes ? model : 1 - model));
  return { confidence, entropy, right: Number(saysYes === isYes), loss, reward: Number(isYes), expected: model };
}
type Decision = ReturnType<typeof decision>;

const saidAndOutcome: Readonly<Record<PerformanceMeasure, (one: Decision) => readonly [number, number]>> = {
  accuracy: ({ confidence, right }) => [confidence, right],
  'log-loss': ({ entropy, loss }) => [entropy, loss],
  reward: ({ expected, reward }) => [expected, reward],
};

function trained(measure: PerformanceMeasure, rng: Rng, labels: number, mean: number): PerformanceEstimator {
  const estimator = new PerformanceEstimator(measure);
  for (let i = 0; i < labels; i++) {
    const [said, outcome] = saidAndOutcome[measure](decision(rng, mean));
    estimator.decide(said);
    estimator.label(said, outcome);
  }
  return estimator;
}

/** Decisions that wait, and what their labels will give on average. */
function wait(
  measure: PerformanceMeasure,
  estimator: PerformanceEstimator,
  rng: Rng,
  mean: number,
  turned = false,
): number {
  let sum = 0;
  for (let i = 0; i < 400; i++) {
    const [said, outcome] = saidAndOutcome[measure](decision(rng, mean, turned));
    estimator.decide(said);
    sum += outcome;
  }
  return sum / 400;
}

function estimated(estimate: PerformanceEstimate): PerformanceEstimate & { status: 'estimated' } {
  if (estimate.status === 'refused') throw new Error(estimate.refusal.explanation);
  return estimate;
}

describe('PerformanceEstimator', () => {
  it.each<[PerformanceMeasure, number]>([
    ['accuracy', 0.02],
    ['log-loss', 0.05],
    ['reward', 0.02],
  ])('follows the %s where inputs change, with intervals that hold', (measure, tolerance) => {
    // Where x lies around 1.5 most decisions are easy; around 0 they are not. Labels have been seen of both.
    const rng = Rng.fromSeed(11);
    const sums = { easy: 0, hard: 0, error: 0, held: 0, sure: 0 };
    for (let run = 0; run < 40; run++) {
      const estimator = trained(measure, rng, 1000, 1);
      for (const [name, mean] of [
        ['easy', 1.5],
        ['hard', 0.2],
      ] as const) {
        estimator.forgetWaiting();
        const actual = wait(measure, estimator, rng, mean);
        const { value, lower, upper } = estimated(estimator.estimate());
        sums[name] += actual / 40;
        sums.error += (value - actual) / 80;
        sums.held += Number(lower <= actual && actual <= upper) / 80;
      }
    }
    expect(Math.abs(sums.hard - sums.easy)).toBeGreaterThan(0.1);
    expect(Math.abs(sums.error)).toBeLessThan(tolerance);
    expect(sums.held).toBeGreaterThan(0.88);
  });

  it('is nearer than believing the model', () => {
    const rng = Rng.fromSeed(12);
    const estimator = trained('accuracy', rng, 1000, 0.5);
    let [actual, believed] = [0, 0];
    for (let i = 0; i < 2000; i++) {
      const { confidence, right } = decision(rng, 0);
      estimator.decide(confidence);
      actual += right / 2000;
      believed += confidence / 2000;
    }
    expect(believed - actual).toBeGreaterThan(0.06);
    expect(Math.abs(estimated(estimator.estimate()).value - actual)).toBeLessThan(0.02);
  });

  it('cannot know that inputs mean something else, and refuses after the first labels that say so', () => {
    const rng = Rng.fromSeed(13);
    const estimator = trained('accuracy', rng, 1000, 0.5);
    const actual = wait('accuracy', estimator, rng, 0.5, true);
    expect(actual).toBeLessThan(0.4);
    expect(estimated(estimator.estimate()).value).toBeGreaterThan(0.7);
    for (let i = 0; i < 60; i++) {
      const { confidence, right } = decision(rng, 0.5, true);
      estimator.decide(confidence);
      estimator.label(confidence, right);
    }
    expect(estimator.estimate()).toMatchObject({ status: 'refused', refusal: { reason: 'labels-disagree', floor: 4 } });
  });

  it('does not find disagreement where there is none', () => {
    let refused = 0;
    for (let seed = 0; seed < 20; seed++) {
      const rng = Rng.fromSeed(seed);
      const estimator = trained('accuracy', rng, 200, 0.5);
      wait('accuracy', estimator, rng, 0.5);
      for (let i = 0; i < 500; i++) {
        const { confidence, right } = decision(rng, 0.5);
        estimator.decide(confidence);
        estimator.label(confidence, right);
        refused += Number(i % 10 === 0 && estimator.estimate().status === 'refused');
      }
    }
    expect(refused).toBe(0);
  });

  it('refuses with few labels, few decisions, and decisions of a kind that was never labelled', () => {
    const rng = Rng.fromSeed(14);
    const reasonOf = (estimator: PerformanceEstimator): string => {
      const estimate = estimator.estimate();
      return estimate.status === 'refused' ? estimate.refusal.reason : estimate.status;
    };
    const few = trained('accuracy', rng, 80, 0.5);
    wait('accuracy', few, rng, 0.5);
    expect(reasonOf(few)).toBe('too-few-labels');
    const enough = trained('accuracy', rng, 400, 0.5);
    expect(reasonOf(enough)).toBe('too-few-decisions');
    for (let i = 0; i < 30; i++) enough.decide(0.7);
    expect(reasonOf(enough)).toBe('estimated');
    const easyOnly = new PerformanceEstimator('accuracy');
    for (let i = 0; i < 400; i++) easyOnly.label(0.99, Number(rng.nextFloat() < 0.97));
    for (let i = 0; i < 100; i++) easyOnly.decide(i < 70 ? 0.99 : 0.55);
    expect(reasonOf(easyOnly)).toBe('unlike-labelled');
  });

  it('counts those that wait: a label takes its decision out, one without a decision does not', () => {
    const estimator = new PerformanceEstimator('reward');
    for (const said of [0.1, 0.1, 0.6]) estimator.decide(said);
    estimator.label(0.6, 1);
    estimator.label(0.9, 1);
    expect(estimator.estimate()).toMatchObject({ measure: 'reward', decisions: 2, labels: expect.closeTo(2, 2) });
  });

  it.each<PerformanceMeasure>(['accuracy', 'log-loss', 'reward'])('goes on exactly from its state: %s', (measure) => {
    const rng = Rng.fromSeed(15);
    const one = trained(measure, rng, 300, 0.5);
    wait(measure, one, rng, 0.5);
    const other = new PerformanceEstimator(measure);
    other.restore(throughJson(one.state()));
    for (let i = 0; i < 200; i++) {
      const [said, outcome] = saidAndOutcome[measure](decision(rng, 0));
      for (const each of [one, other]) each.label(said, outcome);
    }
    expect(other.state()).toEqual(one.state());
    expect(other.estimate()).toEqual(one.estimate());
    expect(JSON.stringify(one.state()).length).toBeLessThan(12_000);
  });

  it('refuses what is no such value, and damaged states', async () => {
    for (const options of [{ level: 0 }, { level: 1 }, { halfLife: 0 }])
      await expectCode(() => new PerformanceEstimator('accuracy', options), 'INVALID_CONFIG');
    const estimator = new PerformanceEstimator('accuracy');
    for (const value of [-0.1, 1.1, NaN]) {
      await expectCode(() => estimator.decide(value), 'INVALID_DATA');
      await expectCode(() => estimator.label(0.5, value), 'INVALID_DATA');
    }
    const state = estimator.state();
    for (const damaged of [
      null,
      { ...state, measure: 'reward' },
      { ...state, waiting: [[1, 0.5, 0.5]] },
      { ...state, agreement: {} },
    ])
      await expectCode(() => new PerformanceEstimator('accuracy').restore(damaged), 'CHECKPOINT_CORRUPT');
  });
});
