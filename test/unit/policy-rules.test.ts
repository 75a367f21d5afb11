import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import type { RewardEstimates } from '../../src/learners/reward/reward-model.ts';
import { DecayingEpsilonGreedy } from '../../src/policies/epsilon-greedy.ts';
import { Greedy } from '../../src/policies/greedy.ts';
import { HighestOfNormals, normalCdf } from '../../src/policies/highest-of-normals.ts';
import { LinUcb } from '../../src/policies/lin-ucb.ts';
import { Mixture } from '../../src/policies/mixture.ts';
import type { PlaceRule } from '../../src/policies/place-rule.ts';
import { greedyOrder } from '../../src/policies/policy.ts';
import { SquareCb } from '../../src/policies/square-cb.ts';
import { ThompsonSampling } from '../../src/policies/thompson-sampling.ts';
import { estimatesOf } from './policy-fixtures.ts';

/** Chance of each candidate, in the order of the candidates. */
function chancesOf(rule: PlaceRule, estimates: RewardEstimates, decisions = 0): number[] {
  const left = greedyOrder(estimates.scores);
  const out = new Float64Array(left.length);
  rule.begin(estimates, decisions).write(left, out);
  return left.map((_, candidate) => out[left.indexOf(candidate)]!);
}

describe('rules that fill a place', () => {
  const estimates = estimatesOf([-1, 2, 0.5], [3, 0.2, 0.2]);

  it('Greedy takes the best', () => {
    expect(chancesOf(new Greedy(), estimates)).toEqual([0, 1, 0]);
  });

  it('LinUCB takes the highest upper bound', () => {
    expect(chancesOf(new LinUcb(0.5), estimates)).toEqual([0, 1, 0]);
    expect(chancesOf(new LinUcb(1.5), estimates)).toEqual([1, 0, 0]);
  });

  it('decaying epsilon-greedy explores half as often after its half-time', () => {
    const rule = new DecayingEpsilonGreedy({ start: 0.3, halfAfter: 100 });
    chancesOf(rule, estimates).forEach((chance, i) => expect(chance).toBeCloseTo([0.1, 0.8, 0.1][i]!, 12));
    chancesOf(rule, estimates, 100).forEach((chance, i) => expect(chance).toBeCloseTo([0.05, 0.9, 0.05][i]!, 12));
  });

  it('SquareCB starts again where the estimates rest on few experiences', () => {
    const rule = new SquareCb({ scale: 10, exponent: 0.5 });
    const estimates = estimatesOf([1, 0]);
    const [few, many] = [9, 5000].map((experiences) => chancesOf(rule, { ...estimates, experiences }, 99));
    expect(few).toEqual(chancesOf(rule, estimates, 9));
    expect(many).toEqual(chancesOf(rule, estimates, 99));
    expect(few![1]).toBeGreaterThan(2 * many![1]!);
  });

  it('SquareCB weighs by the inverse of the gap, and sharper with time', () => {
    const { means } = estimates;
    const rule = new SquareCb({ scale: 10, exponent: 0.5 });
    const [worst, best, middle] = chancesOf(rule, estimates, 3);
    expect(worst).toBeCloseTo(1 / (3 + 20 * (means[1]! - means[0]!)), 12);
    expect(middle).toBeCloseTo(1 / (3 + 20 * (means[1]! - means[2]!)), 12);
    expect(worst! + best! + middle!).toBeCloseTo(1, 12);
    expect(chancesOf(rule, estimates, 99)[1]).toBeGreaterThan(best!);
  });

  it('Thompson sampling explores more with a wider spread', () => {
    const narrow = chancesOf(new ThompsonSampling(0.2), estimates);
    const wide = chancesOf(new ThompsonSampling(1), estimates);
    expect(narrow[1]).toBeGreaterThan(wide[1]!);
    expect(wide[0]).toBeGreaterThan(0.1);
  });

  it('a mixture has the mean of both rules’ chances', () => {
    const square = new SquareCb({ scale: 10, exponent: 0.5 });
    const [a, b] = [chancesOf(new Greedy(), estimates, 9), chancesOf(square, estimates, 9)];
    const mixed = chancesOf(new Mixture(new Greedy(), square, 0.25), estimates, 9);
    mixed.forEach((chance, i) => expect(chance).toBeCloseTo(0.75 * a[i]! + 0.25 * b[i]!, 12));
  });
});

describe('HighestOfNormals', () => {
  it.each([
    ['equal ones', [0, 0, 0, 0], [1, 1, 1, 1]],
    ['a clear best', [3, 0, 0], [1, 1, 1]],
    ['different spreads', [0, 0.5, -0.5, 0.2], [2, 0.3, 1, 0.5]],
    ['a sure one and a wild one', [0.4, 0], [0.2, 2]],
    ['many', Array.from({ length: 60 }, (_, i) => i / 30), Array.from({ length: 60 }, (_, i) => 0.5 + (i % 3) / 2)],
  ])('is the share of draws that each wins: %s', (_, means, deviations) => {
    const [draws, rng] = [40_000, Rng.fromSeed(4)];
    const wins = means.map(() => 0);
    for (let draw = 0; draw < draws; draw++) {
      const values = means.map((mean, i) => mean + deviations[i]! * rng.nextGaussian());
      wins[values.indexOf(Math.max(...values))]! += 1;
    }
    const out = new Float64Array(means.length);
    new HighestOfNormals(Float64Array.from(means), Float64Array.from(deviations)).write(
      means.map((__, i) => i),
      out,
    );
    expect(out.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12);
    // Four standard errors of a share are at most 0.01.
    wins.forEach((count, i) => expect(Math.abs(out[i]! - count / draws)).toBeLessThan(0.02));
  });

  it('copes with no spread at all', () => {
    const out = new Float64Array(3);
    new HighestOfNormals(Float64Array.of(1, 2, 2), new Float64Array(3)).write([0, 1, 2], out);
    expect(out[0]).toBeLessThan(1e-6);
    expect(out[1]).toBeCloseTo(0.5, 6);
  });

  it('tells the chances of those left after the best are placed', () => {
    const [means, deviations] = [Float64Array.of(50, 9, 1, 0.5, 0), Float64Array.of(1, 0.1, 1, 1, 1)];
    const [all, alone] = [new HighestOfNormals(means, deviations), new HighestOfNormals(means, deviations)];
    const out = new Float64Array(5);
    all.write([0, 1, 2, 3, 4], out);
    expect(out[0]).toBeGreaterThan(0.999);
    all.write([2, 3, 4], out);
    const expected = new Float64Array(3);
    alone.write([2, 3, 4], expected);
    expected.forEach((chance, i) => expect(out[i]).toBeCloseTo(chance, 12));
  });

  it('copes with a thousand that are nearly the same beside a wild one', () => {
    const means = new Float64Array(3001);
    const deviations = new Float64Array(3001).fill(1e-4);
    deviations[3000] = 5;
    const out = new Float64Array(3001);
    new HighestOfNormals(means, deviations).write([...means.keys()], out);
    expect(out.every((chance) => chance >= 0)).toBe(true);
    expect(out.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
  });

  it('has the normal distribution function', () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 7);
    expect(normalCdf(1.96)).toBeCloseTo(0.9750021, 6);
    expect(normalCdf(-3)).toBeCloseTo(0.0013499, 6);
  });
});
