import { describe, expect, it } from 'vitest';
import { expectedReward, logisticStep, sigmoid } from '../../src/learners/reward/logistic-step.ts';

/** Maximum of the log posterior of a score on a fine grid. */
function modeOnGrid(score: number, variance: number, reward: number, weight: number): number {
  let [best, at] = [-Infinity, 0];
  for (let s = score - 40; s < score + 40; s += 0.001) {
    const likelihood = reward * -Math.log1p(Math.exp(-s)) + (1 - reward) * -Math.log1p(Math.exp(s));
    const value = weight * likelihood - (s - score) ** 2 / (2 * variance);
    if (value > best) [best, at] = [value, s];
  }
  return at;
}

describe('logisticStep', () => {
  it.each([
    [0, 1, 1, 1],
    [3, 4, 0, 1],
    [-6, 25, 1, 1],
    [8, 16, 0, 2],
    [0.5, 0.01, 0.3, 0.4],
    [-2, 9, 0.875, 5],
  ])(
    'moves a score %s with variance %s, reward %s and weight %s to the mode of its posterior',
    (score, variance, reward, weight) => {
      const { step, precision } = logisticStep(score, variance, reward, weight);
      expect(score + variance * step).toBeCloseTo(modeOnGrid(score, variance, reward, weight), 2);
      expect(precision).toBeGreaterThan(0);
      expect(precision).toBeLessThanOrEqual(weight / 4);
    },
  );

  it('learns nothing from weight 0', () => {
    expect(logisticStep(1, 2, 1, 0)).toEqual({ step: 0, precision: 0 });
  });

  it('expects less of an uncertain high score, and more of an uncertain low one', () => {
    expect(expectedReward(3, 0)).toBe(sigmoid(3));
    expect(expectedReward(3, 10)).toBeLessThan(sigmoid(3));
    expect(expectedReward(-3, 10)).toBeGreaterThan(sigmoid(-3));
  });
});
