import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { AmplificationGuard, type GuardOptions } from '../../src/monitor/exposure/amplification-guard.ts';
import { ExposureBook } from '../../src/monitor/exposure/exposure-book.ts';
import { GuardAccount } from '../../src/monitor/exposure/guard-account.ts';
import type { ExposureShares, GuardCandidate } from '../../src/monitor/exposure/guarded-shares.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';

/** Exposures as given; everything else has none. */
function exposed(
  total: number,
  items: Record<string, number> = {},
  topics: Record<string, number> = {},
): ExposureShares {
  return { total, item: (name) => items[name] ?? 0, topic: (name) => topics[name] ?? 0 };
}
const none = exposed(0);
const candidates = (...topics: string[]): GuardCandidate[] =>
  topics.map((topic, index) => ({ item: `item${index}`, topics: [topic], score: 1 - index / 10 }));

describe('a guarded order', () => {
  test('leaves an order alone where nothing has had its share', () => {
    const guard = new AmplificationGuard({ item: 0.5, topic: 0.9, slots: 2 });
    expect(guard.apply(candidates('a', 'a', 'b', 'b'), none)).toEqual({
      ...{ order: [0, 1, 2, 3], cost: 0, reward: 1.9, held: [], relaxed: 0 },
    });
  });

  test('an item that has had its share waits below the first places', () => {
    const guard = new AmplificationGuard({ item: 0.1, topic: null, slots: 2 });
    // Of (100 + 2) · 0.1 + 2 = 12.2 exposures item0 has had 12.
    const { order, cost, reward, held, relaxed } = guard.apply(
      candidates('a', 'a', 'b', 'b'),
      exposed(100, { item0: 12, item1: 11 }),
    );
    expect(order).toEqual([1, 2, 0, 3]);
    expect(cost).toBeCloseTo(1 - 0.8, 12);
    expect(reward).toBeCloseTo(1.9, 12);
    expect([held, relaxed]).toEqual([[0], 0]);
  });

  test('a topic gets the places that it has left, and no more', () => {
    const guard = new AmplificationGuard({ item: null, topic: 0.5, slots: 4 });
    // (100 + 4) · 0.5 + 4 = 56: two more of "a".
    const given = candidates('a', 'a', 'a', 'b', 'a', 'b');
    const { order, cost, held } = guard.apply(given, exposed(100, {}, { a: 54 }));
    expect(order).toEqual([0, 1, 3, 5, 2, 4]);
    expect(cost).toBeCloseTo(0.8 - 0.5, 12);
    expect(held).toEqual([2]);
  });

  test('an item of two topics is charged to each in part', () => {
    const guard = new AmplificationGuard({ item: null, topic: 0.5, slots: 1 });
    // (10 + 1) · 0.5 + 1 = 6.5
    const both = [
      { item: 'x', topics: ['a', 'b'], score: 0.9 },
      { item: 'y', topics: ['c'], score: 0.1 },
    ];
    expect(guard.apply(both, exposed(10, {}, { a: 6, b: 1 })).order).toEqual([0, 1]);
    expect(guard.apply(both, exposed(10, {}, { a: 6.1, b: 1 })).order).toEqual([1, 0]);
  });

  test('where everything has had its share, what is over the least goes first', () => {
    const guard = new AmplificationGuard({ item: null, topic: 0.2, slots: 2 });
    const { order, relaxed } = guard.apply(candidates('a', 'a', 'b', 'c'), exposed(90, {}, { a: 40, b: 30, c: 31 }));
    expect(order).toEqual([2, 3, 0, 1]);
    expect(relaxed).toBe(2);
  });

  test('does nothing where everyone gets one of the first places', () => {
    const guard = new AmplificationGuard({ item: 0.01, topic: 0.01, slots: 4 });
    const given = candidates('a', 'a', 'a', 'b');
    expect(guard.apply(given, exposed(100, { item0: 90 }, { a: 99 }))).toMatchObject({ order: [0, 1, 2, 3], cost: 0 });
    expect(guard.apply([], none)).toEqual({ order: [], cost: 0, reward: 0, held: [], relaxed: 0 });
  });

  test.each([
    { item: 0, topic: null, slots: 1 },
    { item: null, topic: 1.1, slots: 1 },
    { item: NaN, topic: null, slots: 1 },
    { item: null, topic: null, slots: 0 },
  ] satisfies GuardOptions[])('%o is refused', async (options) => {
    await expectCode(() => new AmplificationGuard(options), 'INVALID_CONFIG');
  });

  test('nothing is dropped, the same comes of the same, and no share is passed where that can be', () => {
    const topic = fc.constantFrom('a', 'b', 'c', 'd');
    const candidate = fc.record({
      topics: fc.uniqueArray(topic, { maxLength: 2 }),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const cap = fc.option(fc.double({ min: 0.05, max: 1, noNaN: true }));
    const shares = fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60), fc.nat(60));
    fc.assert(
      fc.property(
        fc.array(candidate, { maxLength: 14 }),
        ...[cap, cap, fc.integer({ min: 1, max: 6 }), shares],
        (given, item, topicCap, slots, [a, b, c, d]) => {
          const ranked = given
            .map((one, index) => ({ ...one, item: `i${index}` }))
            .sort((one, other) => other.score - one.score);
          const topics: Record<string, number> = { a, b, c, d };
          const exposure = exposed(120, { i0: a, i1: b }, topics);
          const guard = new AmplificationGuard({ item, topic: topicCap, slots });
          const result = guard.apply(ranked, exposure);
          expect([...result.order].sort((x, y) => x - y)).toEqual(ranked.map((_, index) => index));
          expect(guard.apply(ranked, exposure)).toEqual(result);
          expect(result.cost).toBeGreaterThanOrEqual(-1e-12);
          if (result.relaxed > 0 || ranked.length <= slots) return;
          const first = result.order.slice(0, slots).map((index) => ranked[index]!);
          for (const one of first) {
            if (item === null) break;
            expect(exposure.item(one.item) + 1).toBeLessThanOrEqual(item * (120 + slots) + slots + 1e-9);
          }
          for (const name of new Set(first.flatMap((one) => one.topics))) {
            if (topicCap === null) break;
            const added = first.reduce((sum, one) => sum + (one.topics.includes(name) ? 1 / one.topics.length : 0), 0);
            expect(topics[name]! + added).toBeLessThanOrEqual(topicCap * (120 + slots) + slots + 1e-9);
          }
        },
      ),
    );
  });
});

describe('before a policy', () => {
  /** Draws each place among those that are open, with chances by score: what a slate policy does with a guard before it. */
  function guardedSlate(
    guard: AmplificationGuard,
    given: readonly GuardCandidate[],
    exposure: ExposureShares,
    rng: Rng,
  ) {
    const admission = guard.begin(given, exposure);
    const left = given.map((_, index) => index);
    const order: number[] = [];
    const propensities: number[] = [];
    for (let place = 0; place < 3; place++) {
      const open = admission.open(left);
      const total = open.reduce((sum, index) => sum + given[index]!.score, 0);
      let at = rng.nextFloat() * total;
      const pick = open.find((index) => (at -= given[index]!.score) < 0) ?? open.at(-1)!;
      propensities.push(given[pick]!.score / total);
      admission.place(pick);
      order.push(pick);
      left.splice(left.indexOf(pick), 1);
    }
    return { order, propensities };
  }

  const guard = new AmplificationGuard({ item: 0.2, topic: 0.5, slots: 3 });
  const given = candidates('a', 'a', 'a', 'b', 'b', 'c');
  // Of the topic "a" (60 + 3) · 0.5 + 3 = 34.5 may be shown: one more. item3 has had its share.
  const exposure = exposed(60, { item3: 15 }, { a: 33, b: 15, c: 12 });

  test('the product of the propensities is how often each slate comes', () => {
    const draws = 30_000;
    const rng = Rng.fromSeed(7);
    const seen = new Map<string, { count: number; chance: number }>();
    for (let draw = 0; draw < draws; draw++) {
      const { order, propensities } = guardedSlate(guard, given, exposure, rng);
      const entry = seen.get(order.join()) ?? { count: 0, chance: propensities.reduce((a, b) => a * b, 1) };
      seen.set(order.join(), { ...entry, count: entry.count + 1 });
    }
    const slates = [...seen];
    expect(slates.reduce((sum, [, { chance }]) => sum + chance, 0)).toBeCloseTo(1, 9);
    for (const [, { count, chance }] of slates) {
      expect(Math.abs(count - draws * chance)).toBeLessThan(5 * Math.sqrt(draws * chance) + 1);
    }
    expect(slates.every(([order]) => order.split(',').filter((index) => Number(index) < 3).length <= 1)).toBe(true);
    expect(slates.some(([order]) => order.includes('3'))).toBe(false);
  });

  test('inverse propensities estimate another guarded policy without bias', () => {
    // Item k brings k / 10 in its place; the other policy draws evenly among those that are open.
    const rng = Rng.fromSeed(21);
    const even = given.map((one) => ({ ...one, score: 1 }));
    const draws = 40_000;
    let [estimate, truth] = [0, 0];
    for (let draw = 0; draw < draws; draw++) {
      const { order, propensities } = guardedSlate(guard, given, exposure, rng);
      const admission = guard.begin(given, exposure);
      const left = given.map((_, index) => index);
      let weight = 1;
      order.forEach((index, place) => {
        weight *= 1 / admission.open(left).length / propensities[place]!;
        admission.place(index);
        left.splice(left.indexOf(index), 1);
      });
      estimate += (weight * order.reduce((sum, index) => sum + index / 10, 0)) / draws;
      truth += guardedSlate(guard, even, exposure, rng).order.reduce((sum, index) => sum + index / 10, 0) / draws;
    }
    expect(Math.abs(estimate - truth)).toBeLessThan(0.01);
  });
});

/**
 * A recommender that takes what was clicked for what is good: 60 items of 6 topics, nearly equally appealing, ranked by their share of the clicks. Visitors
 * look at the first five.
 */
function feedbackLoop(caps: { readonly item: number | null; readonly topic: number | null }) {
  const [rng, slots] = [Rng.fromSeed(5), 5];
  const items = Array.from({ length: 60 }, (_, index) => ({ item: `i${index}`, topics: [`t${index % 6}`] }));
  const appeal = items.map(() => 0.2 + 0.1 * rng.nextFloat());
  const clicks = items.map(() => 1);
  const [book, account] = [new ExposureBook({ items: 60, topics: 6 }), new GuardAccount()];
  const guard = new AmplificationGuard({ ...caps, slots });
  let rewards = 0;
  for (let decision = 0; decision < 3000; decision++) {
    const total = clicks.reduce((sum, one) => sum + one, 0);
    const ranked = items
      .map((one, index) => ({ ...one, index, score: clicks[index]! / total }))
      .sort((one, other) => other.score - one.score);
    const guarded = guard.apply(ranked, book);
    account.update(guarded);
    const shown = guarded.order.slice(0, slots).map((index) => ranked[index]!);
    book.decided({ shown, host: items.slice(0, slots).map(({ item }) => item) });
    for (const one of shown) {
      if (rng.nextFloat() >= appeal[one.index]!) continue;
      clicks[one.index]! += 1;
      rewards += 1;
      book.liked(one);
    }
  }
  return { summary: book.summary(), cost: account.summary().total, rewardPerDecision: rewards / 3000 };
}

describe('a loop that reinforces what is popular', () => {
  const loose = feedbackLoop({ item: null, topic: null });
  const guarded = feedbackLoop({ item: 0.05, topic: 0.25 });

  test('shows five items for ever when nobody guards it', () => {
    expect(loose.summary.items.gini).toBeGreaterThan(0.9);
    expect(loose.summary.items.top[0]?.share).toBeCloseTo(0.2, 2);
    expect(loose.cost).toMatchObject({ count: 3000, changed: 0, cost: 0, costShare: 0, relaxed: 0 });
  });

  test('shows more with a guard, within the caps', () => {
    expect(guarded.summary.items.gini).toBeLessThan(loose.summary.items.gini! - 0.15);
    expect(guarded.summary.items.entropy).toBeGreaterThan(loose.summary.items.entropy! + 0.2);
    expect(guarded.summary.items.coverage).toBeGreaterThan(loose.summary.items.coverage! + 0.2);
    expect(guarded.summary.items.top[0]?.share).toBeLessThan(0.06);
    expect(guarded.summary.topics.top[0]?.share).toBeLessThan(0.27);
    expect(guarded.cost.relaxed).toBe(0);
  });

  test('what the guard gives up is told, as the model expects it: it believes in what it reinforced', () => {
    expect(guarded.cost.changed).toBeGreaterThan(0.9);
    expect(guarded.cost.costShare).toBeGreaterThan(0.1);
    expect(guarded.cost.costShare).toBeLessThan(0.9);
    // What it really costs: the items are nearly as good.
    expect(guarded.rewardPerDecision / loose.rewardPerDecision).toBeGreaterThan(0.9);
  });
});

test('the account of a guard resumes to the same bits', async () => {
  const [whole, before, after] = [1, 2, 3].map(() => new GuardAccount({ window: 2 })) as [
    GuardAccount,
    GuardAccount,
    GuardAccount,
  ];
  const some = [
    { cost: 0.1, reward: 1, held: [0], relaxed: 0 },
    { cost: 0, reward: 2, held: [], relaxed: 1 },
    { cost: 0.3, reward: 1, held: [0, 1], relaxed: 0 },
  ];
  for (const one of some) whole.update(one);
  before.update(some[0]!);
  after.restore(JSON.parse(JSON.stringify(before.state())));
  for (const one of some.slice(1)) after.update(one);
  expect(after.state()).toEqual(whole.state());
  const { total, sliding } = whole.summary();
  expect(total).toEqual({
    ...{
      count: 3,
      changed: 2 / 3,
      cost: expect.closeTo(0.4 / 3, 12),
      costShare: expect.closeTo(0.1, 12),
      relaxed: 1 / 3,
    },
  });
  expect(sliding).toMatchObject({ count: 2, changed: 0.5, cost: 0.15, relaxed: 0.5 });
  await expectCode(() => after.restore({}), 'INVALID_DATA');
});
