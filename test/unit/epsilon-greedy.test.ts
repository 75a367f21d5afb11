import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { EpsilonGreedy } from '../../src/policies/epsilon-greedy.ts';
import '../support/fixed-seed.ts';

const range = (length: number) => Array.from({ length }, (_, index) => index);
const choose = (scores: readonly number[], epsilon: number, slots: number, rng: Rng) =>
  new EpsilonGreedy({ epsilon, slots }).choose(Float64Array.from(scores), rng);

/** The candidates from best to worst; of equals the one that the host put first. */
const byScore = (scores: readonly number[]) => range(scores.length).sort((a, b) => scores[b]! - scores[a]! || a - b);

/** Chance of each place of `order`, worked out from the definition. */
function chances(scores: readonly number[], order: readonly number[], epsilon: number, slots: number): number[] {
  let left = byScore(scores);
  return order.slice(0, slots).map((candidate) => {
    const chance = (left[0] === candidate ? 1 - epsilon : 0) + epsilon / left.length;
    left = left.filter((other) => other !== candidate);
    return chance;
  });
}

const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });
const probability = fc.double({ min: 0, max: 1, noNaN: true });
const slots = fc.integer({ min: 1, max: 40 });

describe('EpsilonGreedy', () => {
  it('places every candidate once and tells the exact chance of each explored place', () => {
    fc.assert(
      fc.property(scores, probability, slots, fc.integer(), (given, epsilon, places, seed) => {
        const { order, propensities } = choose(given, epsilon, places, Rng.fromSeed(seed));
        expect([...order].sort((a, b) => a - b)).toEqual(range(given.length));
        expect(propensities).toEqual(chances(given, order, epsilon, places));
        expect(propensities.every((chance) => chance > 0 && chance <= 1)).toBe(true);
      }),
    );
  });

  it('follows the scores behind the explored places', () => {
    fc.assert(
      fc.property(scores, slots, fc.integer(), (given, places, seed) => {
        const { order } = choose(given, 1, places, Rng.fromSeed(seed));
        const explored = new Set(order.slice(0, places));
        expect(order.slice(places)).toEqual(byScore(given).filter((candidate) => !explored.has(candidate)));
      }),
    );
  });

  it('does not explore with epsilon 0, and keeps the order of the host for equal scores', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0.25, 0.5), { maxLength: 20 }), fc.integer(), (given, seed) => {
        const { order, propensities } = choose(given, 0, 10, Rng.fromSeed(seed));
        expect(order).toEqual(byScore(given));
        expect(propensities.every((chance) => chance === 1)).toBe(true);
      }),
    );
  });

  it('draws uniformly with epsilon 1', () => {
    const { propensities } = choose([0.1, 0.9, 0.5, 0.4], 1, 4, Rng.fromSeed(1));
    expect(propensities).toEqual([1 / 4, 1 / 3, 1 / 2, 1]);
  });

  it('chooses the same for the same seed', () => {
    const given = range(12).map((index) => index / 12);
    expect(choose(given, 0.5, 10, Rng.fromSeed(8))).toEqual(choose(given, 0.5, 10, Rng.fromSeed(8)));
  });

  it.each([
    ['all places', 3],
    ['two places', 2],
    ['one place', 1],
  ])('gives every order as often as its propensities say, exploring %s', (_, places) => {
    const [given, epsilon, draws] = [[0.2, 0.9, 0.5], 0.3, 60_000];
    const rng = Rng.fromSeed(places);
    const counts = new Map<string, { count: number; chance: number }>();
    for (let draw = 0; draw < draws; draw++) {
      const { order, propensities } = choose(given, epsilon, places, rng);
      const entry = counts.get(order.join()) ?? { count: 0, chance: propensities.reduce((a, b) => a * b, 1) };
      counts.set(order.join(), { ...entry, count: entry.count + 1 });
    }
    const cells = [...counts.values()];
    // The chances of all that can happen add up to 1: none is missing and none is told wrong.
    expect(cells.reduce((sum, { chance }) => sum + chance, 0)).toBeCloseTo(1, 12);
    expect(cells).toHaveLength([3, 6, 6][places - 1]!);
    const chiSquare = cells.reduce(
      (sum, { count, chance }) => sum + (count - draws * chance) ** 2 / (draws * chance),
      0,
    );
    expect(chiSquare, 'above the 99.9 % point with at most 5 degrees of freedom').toBeLessThan(20.52);
  });

  it('takes the scores of the estimates of a model', () => {
    const scores = Float64Array.of(0.2, 0.9, 0.5);
    const estimates = { means: scores, scores, deviations: new Float64Array(3) };
    const policy = new EpsilonGreedy({ epsilon: 0.5, slots: 2 });
    expect(policy.choose(estimates, Rng.fromSeed(4))).toEqual(policy.choose(scores, Rng.fromSeed(4)));
  });
});
