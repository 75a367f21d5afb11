import { describe, expect, test } from 'vitest';
import { chanceOfPerfectEstimate, chanceOfUnbiasedEstimate } from '../../bench/learning/open-bandit/ground-truth.ts';
import { groundTruth } from '../../bench/learning/open-bandit/ground-truth.ts';
import { contextFreePolicy, interactions, largestWeight } from '../../bench/learning/open-bandit/interactions.ts';
import type { OpenBanditLog } from '../../bench/learning/open-bandit/log.ts';
import { fitLogistic, predictLogistic } from '../../bench/learning/open-bandit/logistic-regression.ts';
import { crossFittedClicks } from '../../bench/learning/open-bandit/reward-model.ts';
import { Rng } from '../../src/core/rng.ts';

/** Three items, three places; item 2 is clicked most. */
function smallLog(rows: number): OpenBanditLog {
  const rng = Rng.fromSeed(6);
  const action = Int32Array.from({ length: rows }, () => rng.nextInt(3));
  return {
    actions: 3,
    categories: 8,
    action,
    position: Int32Array.from({ length: rows }, () => rng.nextInt(3)),
    reward: Float64Array.from(action, (item) => (rng.nextFloat() < [0.05, 0.1, 0.4][item]! ? 1 : 0)),
    propensity: new Float64Array(rows).fill(1 / 3),
    visitor: Array.from({ length: rows }, () => Int32Array.from([0, 2, 4, 6], (first) => first + rng.nextInt(2))),
    affinities: Array.from({ length: rows }, () => Float32Array.from({ length: 3 }, () => rng.nextInt(2))),
  };
}

describe('logistic regression', () => {
  test('one group and its rate: without a ridge the weights are log odds', () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({
      places: i < 40 ? [0, 1] : [0],
      values: i < 40 ? [1, 1] : [1],
    }));
    const targets = rows.map((_, i) => (i < 10 || i >= 94 ? 1 : 0));
    const weights = fitLogistic(rows, targets, 2, 1e-9);
    expect(predictLogistic(weights, rows[0]!)).toBeCloseTo(10 / 40, 6);
    expect(predictLogistic(weights, rows[99]!)).toBeCloseTo(6 / 60, 6);
  });

  test('a ridge keeps the mean and draws the groups together', () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({
      places: i < 50 ? [0, 1] : [0],
      values: i < 50 ? [1, 1] : [1],
    }));
    const targets = rows.map((_, i) => (i < 20 ? 1 : 0));
    const weights = fitLogistic(rows, targets, 2, 100);
    const mean = rows.reduce((sum, row) => sum + predictLogistic(weights, row), 0) / 100;
    expect(mean).toBeCloseTo(0.2, 6);
    expect(predictLogistic(weights, rows[0]!) - predictLogistic(weights, rows[99]!)).toBeLessThan(0.1);
  });
});

describe('the reward model', () => {
  test('finds what is clicked, and a row tells its own prediction nothing', () => {
    const log = smallLog(600);
    const rows = Int32Array.from({ length: 600 }, (_, row) => row);
    const clicks = crossFittedClicks(log, rows, Rng.fromSeed(1));
    const mean = (item: number) => clicks.reduce((sum, row) => sum + row[item]!, 0) / 600;
    expect(mean(2)).toBeGreaterThan(mean(1) + 0.1);
    const turned = { ...log, reward: log.reward.map((click, row) => (row === 17 ? 1 - click : click)) };
    const again = crossFittedClicks(turned, rows, Rng.fromSeed(1));
    expect(again[17]).toEqual(clicks[17]);
    expect(again).not.toEqual(clicks);
  });

  test('copies of a row in a bootstrap sample share its fold', () => {
    const log = smallLog(300);
    const rows = Int32Array.from({ length: 300 }, (_, i) => i % 150);
    const clicks = crossFittedClicks(log, rows, Rng.fromSeed(2));
    expect(clicks[3]).toEqual(clicks[153]);
    const turned = { ...log, reward: log.reward.map((click, row) => (row === 3 ? 1 - click : click)) };
    expect(crossFittedClicks(turned, rows, Rng.fromSeed(2))[153]).toEqual(clicks[153]);
  });
});

test('the evaluation policy is uniform, or the shares of its log at each place', () => {
  const log = smallLog(900);
  expect(contextFreePolicy('random', log)[1]).toEqual(new Float64Array(3).fill(1 / 3));
  const shares = contextFreePolicy('bts', log);
  const atFirst = Array.from(log.action).filter((_, row) => log.position[row] === 0);
  expect(shares[0]![2]).toBeCloseTo(atFirst.filter((action) => action === 2).length / atFirst.length, 12);
  const bound = largestWeight('random', shares);
  const predicted = Array.from({ length: 900 }, () => new Float64Array(3));
  for (const one of interactions(log, Int32Array.of(0, 5, 9), shares, predicted)) {
    expect(one.evaluationProbabilities[one.action]! / one.propensity).toBeLessThanOrEqual(bound + 1e-12);
  }
  expect(largestWeight('bts', shares)).toBe(Infinity);
});

test('the truth and what its noise allows', () => {
  const reward = Float64Array.from({ length: 10_000 }, (_, i) => (i < 69 ? 1 : 0));
  const truth = groundTruth({ ...smallLog(1), reward });
  expect(truth).toMatchObject({ value: 0.0069, clicks: 69 });
  // Both by the same formulas in Python, and the chance below by its math.erf.
  expect(truth.lower).toBeCloseTo(0.005456205, 8);
  expect(truth.upper).toBeCloseTo(0.008722494, 8);
  const rng = Rng.fromSeed(1);
  let within = 0;
  for (let i = 0; i < 4000; i++) {
    let clicks = 0;
    // Poisson(69) by its exponential gaps
    for (let time = -Math.log(1 - rng.nextFloat()); time < 69; time -= Math.log(1 - rng.nextFloat())) clicks++;
    if (Math.abs(69 / clicks - 1) <= 0.126) within++;
  }
  expect(chanceOfPerfectEstimate(truth, 10_000, 0.126)).toBeCloseTo(within / 4000, 1);
  expect(chanceOfUnbiasedEstimate(truth, 0.2, 0.126)).toBeCloseTo(0.4106378, 6);
});
