import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import type { OffPolicyEstimator } from '../../src/monitor/off-policy/estimator.ts';
import {
  allEstimators,
  clippedIps,
  directMethod,
  doublyRobust,
  ips,
  shrinkageDr,
  snips,
  switchDr,
} from '../../src/monitor/off-policy/estimators.ts';
import { policyTerms, type LoggedInteraction } from '../../src/monitor/off-policy/logged-interaction.ts';
import { WeightDiagnostics } from '../../src/monitor/off-policy/weight-diagnostics.ts';
import { simulatedLog, simulatedWorld } from './off-policy-simulation.ts';

/** 400 rows of four actions; the golden figures below come from NumPy, fed with the same numbers from this generator (Numerical Recipes, ranqd1). */
function goldenLog(): LoggedInteraction[] {
  let state = 2024;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const normalised = (weight: () => number) => {
    const weights = [weight(), weight(), weight(), weight()];
    const total = weights.reduce((a, b) => a + b);
    return weights.map((one) => one / total);
  };
  return Array.from({ length: 400 }, () => {
    const logging = normalised(() => uniform() + 0.05);
    const evaluationProbabilities = normalised(() => uniform() ** 3 + 0.02);
    const predictedRewards = [uniform(), uniform(), uniform(), uniform()];
    let left = uniform();
    let action = 3;
    for (let i = 0; i < 4; i++) {
      left -= logging[i]!;
      if (left < 0) {
        action = i;
        break;
      }
    }
    const reward = uniform() < 0.2 + 0.15 * action ? 1 : 0;
    return { action, reward, propensity: logging[action]!, evaluationProbabilities, predictedRewards };
  });
}

function learned(estimator: OffPolicyEstimator, log: Iterable<LoggedInteraction>): OffPolicyEstimator {
  for (const interaction of log) estimator.update(policyTerms(interaction));
  return estimator;
}

describe('against NumPy', () => {
  test.each([
    ['ips', ips(), 0.4141456731496227, 0.04286469492075857],
    ['snips', snips(), 0.4186470694885499, 0.03923405720410382],
    ['doublyRobust', doublyRobust(), 0.4155909016099817, 0.04854323634814402],
    ['directMethod', directMethod(), 0.4954051036036852, 0.08039921448383516],
  ])('%s', (_, estimator, value, standardError) => {
    learned(estimator, goldenLog());
    expect(estimator.value()).toBeCloseTo(value, 12);
    expect(estimator.standardError()).toBeCloseTo(standardError, 12);
  });

  test.each([
    ['switch at 1', switchDr([1]), 0.47865338823091763],
    ['switch at 3', switchDr([3]), 0.462596425811914],
    ['shrinkage 1', shrinkageDr([1]), 0.47479065119410874],
    ['shrinkage 9', shrinkageDr([9]), 0.4573653062315849],
    ['weights cut at 2', clippedIps([2]), 0.3476333614621056],
    ['the best switch', switchDr([0, 1, 3, 9, Infinity]), 0.4155909016099817],
    ['the best shrinkage', shrinkageDr([0, 1, 3, 9, Infinity]), 0.4573653062315849],
  ])('%s', (_, estimator, value) => {
    expect(learned(estimator, goldenLog()).value()).toBeCloseTo(value, 12);
  });

  test('diagnostics', () => {
    const weights = new WeightDiagnostics();
    for (const interaction of goldenLog()) weights.update(policyTerms(interaction));
    expect(weights.meanWeight).toBeCloseTo(0.9892477538552308, 12);
    expect(weights.largestWeight).toBeCloseTo(13.312118036462433, 10);
    expect(weights.effectiveSamples).toBeCloseTo(150.66269969377467, 9);
    expect(weights.effectiveRewards).toBeCloseTo(75.839290468358, 6);
  });
});

describe('on simulated logs', () => {
  test('every estimator comes near the value where the log is large', () => {
    const rng = Rng.fromSeed(3);
    const world = simulatedWorld(rng, { actions: 5, rate: 0.2, difference: 0.6, modelError: 0.1 });
    const log = [...simulatedLog(world, 20_000, rng)];
    for (const estimator of allEstimators()) {
      learned(estimator, log);
      expect(Math.abs(estimator.value() / world.value - 1), estimator.name).toBeLessThan(0.05);
    }
  });

  test('shrinking a few huge weights gives a smaller error than unbiased weights do', () => {
    let [unbiased, shrunk] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const rng = Rng.fromSeed(seed);
      const world = simulatedWorld(rng, { actions: 15, rate: 0.1, difference: 1.6 });
      const log = [...simulatedLog(world, 800, rng)];
      unbiased += (learned(doublyRobust(), log).value() - world.value) ** 2;
      shrunk += (learned(shrinkageDr(), log).value() - world.value) ** 2;
    }
    expect(shrunk).toBeLessThan(0.7 * unbiased);
  });

  test('doubly robust corrects a model that is wrong, and a good model makes it surer than IPS', () => {
    const rng = Rng.fromSeed(11);
    const world = simulatedWorld(rng, { actions: 5, rate: 0.3, difference: 0.5, modelError: 0 });
    const log = [...simulatedLog(world, 10_000, rng)];
    const misled = log.map((one) => ({ ...one, predictedRewards: Array.from(one.predictedRewards!, (p) => p / 2) }));
    expect(learned(directMethod(), misled).value()).toBeLessThan(0.6 * world.value);
    expect(Math.abs(learned(doublyRobust(), misled).value() / world.value - 1)).toBeLessThan(0.06);
    expect(learned(doublyRobust(), log).standardError()).toBeLessThan(learned(ips(), log).standardError());
  });
});

test('nothing learned is not a number', () => {
  for (const estimator of allEstimators()) {
    expect(estimator.value(), estimator.name).toBeNaN();
    expect(estimator.standardError(), estimator.name).toBeNaN();
  }
});
