import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gini, normalisedEntropy } from '../../src/monitor/exposure/concentration.ts';
import { ExposureBook } from '../../src/monitor/exposure/exposure-book.ts';
import { topicCalibration } from '../../src/monitor/exposure/topic-calibration.ts';
import { TopCounts } from '../../src/monitor/exposure/top-counts.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';

const throughJson = (state: unknown): unknown => JSON.parse(JSON.stringify(state));
const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', '__proto__'), { maxLength: 80 });

describe('the most counted names', () => {
  function counted(added: readonly string[], capacity: number, factor: number) {
    const [counts, truth] = [new TopCounts(capacity), new Map<string, number>()];
    for (const name of added) {
      counts.scale(factor);
      counts.add(name);
      for (const [key, value] of truth) truth.set(key, value * factor);
      truth.set(name, (truth.get(name) ?? 0) + 1);
    }
    return { counts, truth };
  }

  test('are exact while every name has a place, and then at most total / capacity too low', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 8 }), fc.constantFrom(1, 0.9), (added, capacity, factor) => {
        const { counts, truth } = counted(added, capacity, factor);
        const total = [...truth.values()].reduce((sum, one) => sum + one, 0);
        expect(counts.total).toBeCloseTo(total, 9);
        expect(counts.counts().length).toBeLessThanOrEqual(capacity);
        const tolerance = truth.size <= capacity ? 1e-9 : total / capacity + 1e-9;
        for (const [name, value] of truth) {
          expect(counts.count(name)).toBeLessThanOrEqual(value + 1e-9);
          expect(counts.count(name)).toBeGreaterThanOrEqual(value - tolerance);
        }
      }),
    );
  });

  test('go on from a state to the same bits', () => {
    fc.assert(
      fc.property(names, fc.nat(80), (added, at) => {
        const add = (to: TopCounts, some: readonly string[]): void =>
          some.forEach((name) => {
            to.scale(0.97);
            to.add(name, 0.5);
          });
        const [whole, before, after] = [new TopCounts(3), new TopCounts(3), new TopCounts(3)];
        add(whole, added);
        add(before, added.slice(0, at));
        after.restore(throughJson(before.state()));
        add(after, added.slice(at));
        expect(after.state()).toEqual(whole.state());
      }),
    );
  });

  test('long names are cut and still told apart', () => {
    const counts = new TopCounts(3);
    const long = 'x'.repeat(300);
    counts.add(`${long}1`);
    counts.add(`${long}2`, 2);
    expect([counts.count(`${long}1`), counts.count(`${long}2`), counts.count(long)]).toEqual([1, 2, 0]);
    expect(JSON.stringify(counts.state()).length).toBeLessThan(300);
    new TopCounts(3).restore(counts.state());
  });

  test.each([
    ['a name twice', { total: 2, entries: [['a', 1, 0], ['a', 1, 0]] }], // prettier-ignore
    ['too many names', { total: 3, entries: [['a', 1, 0], ['b', 1, 0], ['c', 1, 0]] }], // prettier-ignore
    ['a negative count', { total: 1, entries: [['a', -1, 0]] }],
    ['no total', { entries: [] }],
  ])('a state with %s is refused', async (_, state) => {
    await expectCode(() => new TopCounts(2).restore(state), 'INVALID_DATA');
  });

  test('no places are refused', () => expectCode(() => new TopCounts(0), 'INVALID_CONFIG'));
});

describe('concentration', () => {
  // Pairwise differences by NumPy 2.4.6, and scipy.stats.entropy 1.17.1 divided by ln 10.
  test('against NumPy and SciPy', () => {
    const counts = [5, 3, 1, 1, 10.5, 2];
    expect(gini({ total: 22.5, counts, size: 10 })).toBeCloseTo(0.6688888888888889, 12);
    expect(normalisedEntropy({ total: 22.5, counts, size: 10 })).toBeCloseTo(0.6299264551157449, 12);
  });

  test('what has no count of its own is spread evenly', () => {
    const counts = [5, 3, 1, 1, 10.5, 2];
    expect(gini({ total: 30, counts, size: 10 })).toBeCloseTo(0.3983333333333333, 12);
    expect(normalisedEntropy({ total: 30, counts, size: 10 })).toBeCloseTo(0.8671788894570148, 12);
  });

  test('at its ends', () => {
    expect(gini({ total: 8, counts: [2, 2, 2, 2], size: 4 })).toBeCloseTo(0, 12);
    expect(normalisedEntropy({ total: 8, counts: [2, 2, 2, 2], size: 4 })).toBeCloseTo(1, 12);
    expect(gini({ total: 3, counts: [3], size: 1000 })).toBeCloseTo(0.999, 12);
    expect(normalisedEntropy({ total: 3, counts: [3], size: 1000 })).toBe(0);
    expect(gini({ total: 0, counts: [], size: 10 })).toBeNull();
    expect(normalisedEntropy({ total: 0, counts: [], size: 10 })).toBeNull();
    expect(normalisedEntropy({ total: 1, counts: [1], size: 1 })).toBeNull();
    // More counted than there are said to be.
    expect(gini({ total: 4, counts: [1, 2], size: 1 })).toBeCloseTo(0.125, 12);
  });

  test('Gini is half of the mean difference over the mean', () => {
    const count = fc.double({ min: 0.001, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(count, { minLength: 1, maxLength: 12 }), fc.nat(12), (counts, others) => {
        const all = [...counts, ...Array.from({ length: others }, () => 0)];
        const total = counts.reduce((sum, one) => sum + one, 0);
        const differences = all.reduce((sum, one) => sum + all.reduce((s, other) => s + Math.abs(one - other), 0), 0);
        const expected = differences / (2 * all.length * total);
        expect(gini({ total, counts, size: all.length })).toBeCloseTo(expected, 9);
      }),
    );
  });
});

test('calibration of topics against SciPy', () => {
  const liked = [['a', 6], ['b', 3], ['c', 1]] as const; // prettier-ignore
  const shown = [['d', 4], ['a', 2], ['b', 2]] as const; // prettier-ignore
  // scipy.stats.entropy(p, 0.99 * q + 0.01 * p)
  expect(topicCalibration(liked, shown)).toBeCloseTo(1.031553584149139, 12);
  expect(topicCalibration(liked, [['a', 60], ['c', 10], ['b', 30]])).toBeCloseTo(0, 12); // prettier-ignore
  expect(topicCalibration(liked, [['z', 1]])).toBeCloseTo(Math.log(100), 12);
  expect(topicCalibration([], shown)).toBeNull();
  expect(topicCalibration(liked, [])).toBeNull();
});

describe('the book of exposures', () => {
  const one = (item: string, ...topics: string[]) => ({ item, topics });

  test('says nothing before the first decision', () => {
    const { exposures, items, popularityLift, miscalibration } = new ExposureBook({ items: 9, topics: 3 }).summary();
    expect(items).toEqual({ gini: null, entropy: null, coverage: 0, top: [] });
    expect([exposures, popularityLift, miscalibration]).toEqual([0, null, null]);
  });

  test('counts items and topics, an item’s topics in equal parts', () => {
    const book = new ExposureBook({ items: 4, topics: 2, halfLife: Infinity });
    book.decided({ shown: [one('a', 'news', 'sport'), one('b', 'news')], host: [] });
    book.decided({ shown: [one('a', 'news', 'sport'), one('c')], host: [] });
    const { exposures, items, topics } = book.summary();
    expect(exposures).toBe(4);
    expect(items.coverage).toBe(0.75);
    expect(items.top[0]).toEqual({ name: 'a', share: 0.5 });
    expect(items.gini).toBeCloseTo(0.375, 12); // of [2, 1, 1, 0]
    expect(topics.top).toEqual([
      { name: 'news', share: 2 / 3 },
      { name: 'sport', share: 1 / 3 },
    ]);
    expect([book.total, book.item('a'), book.topic('news'), book.item('z')]).toEqual([4, 2, 2, 0]);
    book.resize({ items: 6, topics: 2 });
    expect(book.summary().items.coverage).toBe(0.5);
  });

  test('follows: after many half-lives only what is shown now counts', () => {
    const book = new ExposureBook({ items: 10, topics: 1, halfLife: 5 });
    for (let i = 0; i < 50; i++) book.decided({ shown: [one('old')], host: [] });
    for (let i = 0; i < 60; i++) book.decided({ shown: [one(`new${i % 2}`)], host: [] });
    const { items } = book.summary();
    expect(items.top.slice(0, 2).map(({ name }) => name)).toEqual(['new1', 'new0']);
    expect(items.top.find(({ name }) => name === 'old')?.share).toBeLessThan(0.001);
    expect(items.coverage).toBe(0.3);
  });

  test('popularity lift compares what is shown with the host’s order, by what was liked before', () => {
    const book = new ExposureBook({ items: 3, topics: 1, halfLife: Infinity });
    book.decided({ shown: [one('a')], host: ['b'] });
    expect(book.summary().popularityLift).toBeNull();
    for (let i = 0; i < 3; i++) book.liked(one('a'));
    book.liked(one('b'));
    book.decided({ shown: [one('a')], host: ['b'] });
    // 3/4 against 1/4
    expect(book.summary().popularityLift).toBeCloseTo(2, 12);
    book.decided({ shown: [one('b')], host: ['a'] });
    expect(book.summary().popularityLift).toBeCloseTo(0, 12);
  });

  test('miscalibration needs ten likes, and is 0 where topics are shown as they are liked', () => {
    const book = new ExposureBook({ items: 4, topics: 2, halfLife: Infinity });
    for (let i = 0; i < 10; i++) {
      expect(book.summary().miscalibration).toBeNull();
      book.decided({ shown: [one('a', 'news'), one('b', i % 2 === 0 ? 'sport' : 'news')], host: [] });
      book.liked(one('c', i % 4 === 0 ? 'sport' : 'news'));
    }
    // Shown 15 : 5, liked 7 : 3.
    const [p, q] = [0.7, 0.75];
    const part = (one: number, other: number): number => one * Math.log(one / (0.99 * other + 0.01 * one));
    expect(book.summary().miscalibration).toBeCloseTo(part(p, q) + part(1 - p, 1 - q), 12);
  });

  test('resumes to the same bits', () => {
    const item = fc.record({
      item: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      topics: fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { maxLength: 2 }),
    });
    const event = fc.oneof(
      item.map((given) => (book: ExposureBook) => book.liked(given)),
      fc
        .record({
          shown: fc.array(item, { maxLength: 3 }),
          host: fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }),
        })
        .map((given) => (book: ExposureBook) => book.decided(given)),
    );
    const create = () => new ExposureBook({ items: 5, topics: 3, halfLife: 6, countedItems: 3, countedTopics: 2 });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.nat(40), (all, at) => {
        const [whole, before, after] = [create(), create(), create()];
        for (const tell of all) tell(whole);
        for (const tell of all.slice(0, at)) tell(before);
        after.restore(throughJson(before.state()));
        for (const tell of all.slice(at)) tell(after);
        expect(after.state()).toEqual(whole.state());
        expect(after.summary()).toEqual(whole.summary());
        expect(throughJson(after.summary())).toEqual(after.summary());
      }),
    );
  });

  test('a damaged state is refused', async () => {
    const book = new ExposureBook({ items: 4, topics: 2 });
    book.decided({ shown: [one('a', 'news')], host: ['a'] });
    const state = throughJson(book.state()) as Record<string, unknown>;
    for (const key of Object.keys(state)) {
      await expectCode(() => new ExposureBook({ items: 4, topics: 2 }).restore({ ...state, [key]: 3 }), 'INVALID_DATA');
    }
  });
});
