import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { createPolicy, type Exploration } from '../../src/policies/create-policy.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';
import { estimatesOf } from './policy-fixtures.ts';
import { range } from './reward-fixtures.ts';

const kinds: readonly Exploration[] = [
  { kind: 'greedy' },
  { kind: 'epsilon-greedy', epsilon: 0.2 },
  { kind: 'lin-ucb', alpha: 1 },
  { kind: 'thompson-sampling', spread: 0.7, inverseGapShare: 0.2 },
  { kind: 'square-cb', scale: 10 },
];
const candidate = fc.record({
  score: fc.double({ min: -6, max: 6, noNaN: true }),
  deviation: fc.double({ min: 0, max: 3, noNaN: true }),
});
const someCandidates = fc.array(candidate, { maxLength: 12 });
const estimated = (given: readonly { score: number; deviation: number }[]) =>
  estimatesOf(
    given.map(({ score }) => score),
    given.map(({ deviation }) => deviation),
  );

describe.each(kinds)('a slate by $kind', (exploration) => {
  it('places every candidate once, each explored place with at least the floor', () => {
    fc.assert(
      fc.property(someCandidates, fc.integer({ min: 1, max: 14 }), fc.integer(), (given, slots, seed) => {
        const policy = createPolicy({ exploration, slots, floor: 0.05 });
        const { order, propensities, firstPlace } = policy.choose(estimated(given), Rng.fromSeed(seed));
        expect([...order].sort((a, b) => a - b)).toEqual(range(given.length));
        expect(propensities).toHaveLength(Math.min(slots, given.length));
        propensities.forEach((chance, place) => {
          expect(chance).toBeGreaterThanOrEqual((0.05 / (given.length - place)) * 0.999);
          expect(chance).toBeLessThanOrEqual(1 + 1e-9);
        });
        if (given.length > 0) {
          expect(firstPlace!.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
          expect(firstPlace![order[0]!]).toBe(propensities[0]);
        }
      }),
    );
  });

  it('tells how often each order comes, also where the budget binds', () => {
    const draws = 20_000;
    const estimates = estimatesOf([0.5, 0, -0.5], [0.5, 0.5, 1]);
    const seen = new Map<string, { count: number; chance: number }>();
    const rng = Rng.fromSeed(3);
    for (let draw = 0; draw < draws; draw++) {
      const policy = createPolicy({ exploration, slots: 2, floor: 0.02, budget: { share: 0.03, credit: 0 } });
      const { order, propensities } = policy.choose(estimates, rng);
      const entry = seen.get(order.join()) ?? { count: 0, chance: propensities.reduce((a, b) => a * b, 1) };
      seen.set(order.join(), { ...entry, count: entry.count + 1 });
    }
    const cells = [...seen.values()];
    expect(cells.reduce((sum, { chance }) => sum + chance, 0)).toBeGreaterThan(0.999);
    for (const { count, chance } of cells) {
      expect(Math.abs(count - draws * chance)).toBeLessThan(5 * Math.sqrt(draws * chance) + 1);
    }
  });

  it('gives up no more than its budget, as the model estimates it', () => {
    const policy = createPolicy({ exploration, slots: 1, floor: 0.01, budget: { share: 0.05, credit: 3 } });
    const estimates = estimatesOf([1, -1, -2, -1], [1, 2, 4, 3]);
    const best = estimates.means[0]!;
    let given = 0;
    for (let decision = 1; decision <= 500; decision++) {
      const { firstPlace } = policy.choose(estimates, Rng.fromSeed(decision));
      given += firstPlace!.reduce((sum, chance, i) => sum + (chance * (best - estimates.means[i]!)) / best, 0);
      expect(given).toBeLessThanOrEqual(3 + 0.05 * decision + 1e-9);
    }
  });

  it('chooses the same for the same seed, and continues from a state', () => {
    const [a, b] = [createPolicy({ exploration }), createPolicy({ exploration })];
    const estimates = estimatesOf([0.3, 0.2, 0.1, 0.5, 0]);
    const turn = (policy: typeof a, seed: number) => policy.choose(estimates, Rng.fromSeed(seed));
    range(20).forEach((seed) => turn(a, seed));
    b.restore(a.state());
    range(20).forEach((seed) => expect(turn(b, seed)).toEqual(turn(a, seed)));
  });
});

describe('the default policy', () => {
  it('explores what it does not know, and serves what it knows', () => {
    const shareOfSecond = (deviation: number): number => {
      const estimates = estimatesOf([1, 0], [deviation, deviation]);
      return createPolicy({ slots: 1 }).choose(estimates, Rng.fromSeed(1)).firstPlace![1]!;
    };
    expect(shareOfSecond(4)).toBeGreaterThan(0.25);
    expect(shareOfSecond(0.1)).toBeLessThan(0.06);
  });

  it('lets its floor fall with the experiences that the estimates rest on, never to nothing', () => {
    const leastChance = (experiences: number, floorExperiences?: number): number => {
      const options = {
        exploration: { kind: 'greedy' },
        slots: 1,
        ...(floorExperiences && { floorExperiences }),
      } as const;
      const estimates = { ...estimatesOf([1, 0]), experiences };
      return createPolicy(options).choose(estimates, Rng.fromSeed(1)).firstPlace![1]!;
    };
    expect(leastChance(0)).toBeCloseTo(0.005, 12);
    expect(leastChance(3000)).toBeCloseTo(0.0025, 12);
    expect(leastChance(99_000)).toBeCloseTo(0.0005, 12);
    expect(leastChance(99_000, Infinity)).toBeCloseTo(0.005, 12);
  });

  it('refuses a state that is not one of its own', async () => {
    const { tensors, values } = createPolicy().state();
    const policy = createPolicy();
    await expectCode(() => policy.restore({ tensors, values: { ...values, credit: -1 } }), 'CHECKPOINT_CORRUPT');
    await expectCode(() => policy.restore({ tensors, values: {} }), 'CHECKPOINT_CORRUPT');
  });
});
