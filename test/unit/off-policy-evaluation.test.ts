import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { allEstimators, doublyRobust, ips, shrinkageDr, snips } from '../../src/monitor/off-policy/estimators.ts';
import type { LoggedInteraction } from '../../src/monitor/off-policy/logged-interaction.ts';
import { evaluateOffPolicy, OffPolicyEvaluation } from '../../src/monitor/off-policy/off-policy-evaluation.ts';
import { expectCode } from '../support/expect-code.ts';
import { simulatedLog, simulatedWorld } from './off-policy-simulation.ts';

const easy = { actions: 5, rate: 0.2, difference: 0.5 };

/** Two actions, logged uniformly. */
function interaction(evaluation: number, action: number, reward: number): LoggedInteraction {
  return { action, reward, propensity: 0.5, evaluationProbabilities: [evaluation, 1 - evaluation] };
}

describe('a value or a refusal', () => {
  test('a log that says enough gives a value inside its interval', () => {
    const rng = Rng.fromSeed(1);
    const world = simulatedWorld(rng, easy);
    const estimates = evaluateOffPolicy(simulatedLog(world, 5000, rng), allEstimators());
    expect(estimates.map(({ estimator }) => estimator)).toEqual(allEstimators().map(({ name }) => name));
    for (const estimate of estimates) {
      expect(estimate.status).toBe('estimated');
      expect(estimate.interval.lower).toBeLessThan(world.value);
      expect(estimate.interval.upper).toBeGreaterThan(world.value);
    }
  });

  test('no interactions', () => {
    const [estimate] = evaluateOffPolicy([], [ips()]);
    expect(estimate).toMatchObject({ status: 'refused', refusal: { reason: 'no-interactions', floor: 1 } });
    expect(estimate?.interval).toEqual({ lower: 0, upper: 1, level: 0.95 });
  });

  test('many rows of small weight and one of a huge one are too few effective samples', () => {
    const log: LoggedInteraction[] = Array.from({ length: 2000 }, (_, i) =>
      interaction(0.5, i % 2, i % 3 === 0 ? 1 : 0),
    );
    log.push({ action: 0, reward: 1, propensity: 0.002, evaluationProbabilities: [0.8, 0.2] });
    const [estimate] = evaluateOffPolicy(log, [snips()]);
    expect(estimate).toMatchObject({ status: 'refused', refusal: { reason: 'too-few-effective-samples', floor: 800 } });
    expect(estimate).not.toHaveProperty('value');
    expect(estimate?.effectiveSamples).toBeLessThan(60);
    expect(estimate?.largestWeight).toBeCloseTo(400, 9);
  });

  test('rare rewards are too few even where the samples are not', () => {
    const log = Array.from({ length: 3000 }, (_, i) => interaction(0.5, i % 2, i % 400 === 0 ? 1 : 0));
    const [estimate] = evaluateOffPolicy(log, [ips()]);
    expect(estimate).toMatchObject({
      status: 'refused',
      refusal: { reason: 'too-few-effective-rewards', actual: 8, floor: 10 },
    });
  });

  test('an action that was never logged is missing support, seen in the weights', () => {
    const log = Array.from({ length: 3000 }, (_, i) => {
      return { action: i % 2, reward: 1, propensity: 0.5, evaluationProbabilities: [0.4, 0.3, 0.3] };
    });
    const [estimate] = evaluateOffPolicy(log, [snips()]);
    expect(estimate).toMatchObject({ status: 'refused', refusal: { reason: 'support-missing' } });
    expect(estimate?.meanWeight).toBeCloseTo(0.7, 9);
  });

  test('and seen exactly where the logging policy says its probabilities', () => {
    const log = Array.from({ length: 3000 }, (_, i) => {
      const evaluationProbabilities = [0.48, 0.47, 0.05];
      return {
        action: i % 2,
        reward: 1,
        propensity: 0.5,
        evaluationProbabilities,
        loggingProbabilities: [0.5, 0.5, 0],
      };
    });
    const [estimate] = evaluateOffPolicy(log, [snips()]);
    if (estimate?.status !== 'refused') throw new Error('it was not refused');
    expect(estimate.refusal.reason).toBe('support-missing');
    expect(estimate.refusal.actual).toBeCloseTo(0.05, 9);
  });

  test('weights that average above 1 come from wrong propensities', () => {
    const log = Array.from({ length: 3000 }, (_, i) => ({ ...interaction(0.5, i % 2, 1), propensity: 0.4 }));
    const [estimate] = evaluateOffPolicy(log, [ips()]);
    expect(estimate).toMatchObject({ status: 'refused', refusal: { reason: 'propensities-wrong' } });
  });

  test('above the floors, value ± 1.96 standard errors holds the true value in about nine of ten', () => {
    const held = { ips: 0, snips: 0, doublyRobust: 0, shrinkageDr: 0 };
    let [estimated, refused] = [0, 0];
    for (let seed = 1; seed <= 240; seed++) {
      const rng = Rng.fromSeed(1000 + seed);
      const difference = 0.4 + 1.2 * rng.nextFloat();
      const world = simulatedWorld(rng, { actions: 10, rate: [0.02, 0.1, 0.3][seed % 3]!, difference });
      const estimators = [ips(), snips(), doublyRobust(), shrinkageDr()];
      const estimates = evaluateOffPolicy(simulatedLog(world, 3000, rng), estimators);
      if (estimates[0]?.status === 'refused') refused++;
      else estimated++;
      for (const estimate of estimates) {
        if (estimate.status === 'refused') continue;
        const name = estimate.estimator as keyof typeof held;
        if (Math.abs(estimate.value - world.value) <= 1.96 * estimate.standardError) held[name]++;
      }
    }
    expect(refused).toBeGreaterThan(30);
    expect(estimated).toBeGreaterThan(60);
    for (const [name, count] of Object.entries(held)) expect(count / estimated, name).toBeGreaterThan(0.87);
  });
});

describe('the interval', () => {
  /** Shares of logs in which the true value was outside at any of many looks, and the mean width at the end. */
  function looks(bounded: boolean, level: number, rate = easy.rate) {
    let [missed, width] = [0, 0];
    const logs = 100;
    for (let seed = 1; seed <= logs; seed++) {
      const rng = Rng.fromSeed(5000 + seed);
      const world = simulatedWorld(rng, { ...easy, rate });
      const ratios = world.evaluation.flatMap((row, kind) => row.map((p, action) => p / world.logging[kind]![action]!));
      const maxWeight = bounded ? Math.max(...ratios) : Infinity;
      const evaluation = new OffPolicyEvaluation([ips()], { maxWeight, level });
      let outside = false;
      let row = 0;
      for (const one of simulatedLog(world, 2000, rng)) {
        evaluation.update(one);
        if (++row % 25 !== 0) continue;
        const { lower, upper } = evaluation.estimates()[0]!.interval;
        outside ||= world.value < lower || world.value > upper;
        if (row === 2000) width += (upper - lower) / logs;
      }
      if (outside) missed++;
    }
    return { missed: missed / logs, width };
  }

  test('holds at all of 80 looks in at least the promised share of logs, and is narrow enough to be of use', () => {
    const { missed, width } = looks(false, 0.8);
    expect(missed).toBeLessThanOrEqual(0.2);
    expect(width).toBeLessThan(0.25);
  });

  test('is narrower for rare rewards where the weights are bounded by design', () => {
    const bounded = looks(true, 0.95, 0.02);
    expect(bounded.missed).toBeLessThanOrEqual(0.05);
    expect(bounded.width).toBeLessThan(0.8 * looks(false, 0.95, 0.02).width);
  });

  test('a fixed-sample interval that is looked at as often does not hold', () => {
    let missed = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const rng = Rng.fromSeed(5000 + seed);
      const world = simulatedWorld(rng, easy);
      const evaluation = new OffPolicyEvaluation([ips()], {
        floors: { effectiveSamples: 0, effectiveRewards: 0, unsupported: 1 },
      });
      let outside = false;
      let row = 0;
      for (const one of simulatedLog(world, 2000, rng)) {
        evaluation.update(one);
        if (++row % 25 !== 0) continue;
        const estimate = evaluation.estimates()[0]!;
        if (estimate.status === 'estimated') {
          outside ||= Math.abs(estimate.value - world.value) > 1.2816 * estimate.standardError;
        }
      }
      if (outside) missed++;
    }
    expect(missed / 100).toBeGreaterThan(0.4);
  });
});

describe('state', () => {
  test('a restored evaluation goes on with the same bits', () => {
    const rng = Rng.fromSeed(4);
    const world = simulatedWorld(rng, easy);
    const log = [...simulatedLog(world, 1200, rng)];
    const whole = new OffPolicyEvaluation(allEstimators(), { maxWeight: 100 });
    for (const one of log) whole.update(one);
    const first = new OffPolicyEvaluation(allEstimators(), { maxWeight: 100 });
    for (const one of log.slice(0, 500)) first.update(one);
    const second = new OffPolicyEvaluation(allEstimators(), { maxWeight: 100 });
    second.restore(structuredClone(first.state()));
    for (const one of log.slice(500)) second.update(one);
    expect(second.estimates()).toEqual(whole.estimates());
    expect(second.state()).toEqual(whole.state());
  });

  test('a state that does not fit is refused', async () => {
    const state = new OffPolicyEvaluation([ips(), snips()]).state();
    const short = { ...state, tensors: { sums: state.tensors['sums']!.slice(1) } };
    const damaged = {
      ...state,
      tensors: { sums: (state.tensors['sums'] as Float64Array<ArrayBuffer>).map(() => NaN) },
    };
    for (const wrong of [short, damaged, { tensors: {}, values: {} }]) {
      await expectCode(() => new OffPolicyEvaluation([ips(), snips()]).restore(wrong), 'CHECKPOINT_CORRUPT');
    }
    await expectCode(
      () => new OffPolicyEvaluation([ips(), snips()], { maxWeight: 2 }).restore(state),
      'CHECKPOINT_CORRUPT',
    );
    await expectCode(() => new OffPolicyEvaluation([snips(), ips()]).restore(state), 'CHECKPOINT_CORRUPT');
  });
});

describe('bad input', () => {
  const good = interaction(0.5, 0, 1);
  test.each([
    ['an action that is not there', { ...good, action: 2 }],
    ['a reward above 1', { ...good, reward: 1.5 }],
    ['a reward that is not a number', { ...good, reward: NaN }],
    ['a propensity of 0', { ...good, propensity: 0 }],
    ['probabilities that do not add up', { ...good, evaluationProbabilities: [0.5, 0.6] }],
    ['a negative probability', { ...good, evaluationProbabilities: [1.5, -0.5] }],
    ['predictions of another length', { ...good, predictedRewards: [0.1] }],
    ['a prediction above 1', { ...good, predictedRewards: [0.1, 2] }],
    ['a weight above the bound', { ...good, propensity: 0.1 }],
  ])('%s', async (_, wrong) => {
    const evaluation = new OffPolicyEvaluation([ips()], { maxWeight: 2 });
    const before = evaluation.state();
    await expectCode(() => evaluation.update(wrong), 'INVALID_DATA');
    expect(evaluation.state()).toEqual(before);
  });

  test('options', async () => {
    await expectCode(() => new OffPolicyEvaluation([ips()], { level: 1 }), 'INVALID_CONFIG');
    await expectCode(() => new OffPolicyEvaluation([ips()], { maxWeight: 0.5 }), 'INVALID_CONFIG');
    await expectCode(() => new OffPolicyEvaluation([ips(), ips()]), 'INVALID_CONFIG');
  });
});
