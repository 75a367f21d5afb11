import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { FrequencySketch, shortName } from '../../src/monitor/distribution/frequency-sketch.ts';
import { QuantileSketch } from '../../src/monitor/distribution/quantile-sketch.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';
import { throughJson } from './distribution-fixture.ts';

/** Streams that are hard on a sketch, by name. */
const streams: Readonly<Record<string, (rng: Rng, i: number) => number>> = {
  random: (rng) => rng.nextGaussian(),
  ascending: (_, i) => i,
  descending: (_, i) => -i,
  'with heavy ties': (rng) => Math.max(0, Math.floor(rng.nextGaussian() * 3)),
  skewed: (rng) => Math.exp(4 * rng.nextGaussian()),
  zigzag: (_, i) => (i % 2 === 0 ? i : -i),
};

function filled(values: readonly number[], size = 32, seed = 1): QuantileSketch {
  const sketch = new QuantileSketch(size, seed);
  for (const value of values) sketch.update(value);
  return sketch;
}

/** Share of values that are not above each of `at`. */
function sharesOf(values: readonly number[], at: readonly number[]): number[] {
  return at.map((limit) => values.filter((value) => Math.fround(value) <= limit).length / values.length);
}

const finiteValues = (most: number) =>
  fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: most });

describe('QuantileSketch', () => {
  it.each(Object.entries(streams))('keeps to its bound in few values: %s', (_, next) => {
    const rng = Rng.fromSeed(7);
    const values = Array.from({ length: 20_000 }, (_, i) => next(rng, i));
    const sketch = filled(values, 128);
    const sorted = values.map(Math.fround).sort((a, b) => a - b);
    const at = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99].map((share) => sorted[Math.floor(share * 20_000)]!);
    const exact = sharesOf(values, at);
    expect(sketch.rankError(0.999)).toBeLessThan(0.03);
    at.forEach((limit, i) => expect(Math.abs(sketch.share(limit) - exact[i]!)).toBeLessThan(sketch.rankError(0.999)));
    expect(sketch.retained).toBeLessThan(3 * 128);
    expect(JSON.stringify(sketch.state()).length).toBeLessThan(5_000);
  });

  it('has errors that average out over seeds', () => {
    const values = Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 5_000);
    const errors = Array.from({ length: 200 }, (_, seed) => filled(values, 16, seed).share(2_499) - 0.5);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
    expect(deviation).toBeGreaterThan(0.01);
    expect(Math.abs(mean)).toBeLessThan((3 * deviation) / Math.sqrt(errors.length));
    // Hoeffding's bound for one deviation in twenty of two.
    expect(2 * deviation).toBeLessThan(filled(values, 16).rankError(0.95));
  });

  it('is exact while there are no more values than its size', () => {
    fc.assert(
      fc.property(finiteValues(31), fc.double({ min: 0, max: 1, noNaN: true }), (values, probability) => {
        const sketch = filled(values);
        const sorted = values.map(Math.fround).sort((a, b) => a - b);
        expect(sketch.rankError()).toBe(0);
        const rank = Math.max(1, Math.ceil(probability * sorted.length));
        expect(sketch.quantile(probability) - sorted[rank - 1]!).toBe(0);
      }),
    );
  });

  it('loses no weight, and merges to the same within the bound in any order', () => {
    fc.assert(
      fc.property(finiteValues(400), finiteValues(400), finiteValues(100), (a, b, c) => {
        const merged = (parts: readonly number[][]): QuantileSketch => {
          const into = new QuantileSketch(32);
          for (const part of parts) into.merge(filled(part));
          return into;
        };
        const all = [...a, ...b, ...c];
        const [one, other] = [merged([a, b, c]), merged([c, b, a])];
        const right = filled(b);
        right.merge(filled(c));
        const grouped = filled(a);
        grouped.merge(right);
        for (const sketch of [one, other, grouped]) {
          expect(sketch.count).toBe(all.length);
          expect(sketch.weighted().cumulative.at(-1)).toBe(all.length);
          expect([sketch.min, sketch.max]).toEqual([
            Math.min(...all.map(Math.fround)),
            Math.max(...all.map(Math.fround)),
          ]);
          expect(sketch.retained).toBeLessThan(3 * 32 + 32);
          const [limit = 0] = a;
          const error = Math.abs(sketch.share(Math.fround(limit)) - sharesOf(all, [Math.fround(limit)])[0]!);
          expect(error).toBeLessThanOrEqual(sketch.rankError(0.999999));
        }
      }),
    );
  });

  it('goes on exactly from a state that was JSON', () => {
    fc.assert(
      fc.property(finiteValues(300), finiteValues(300), (before, after) => {
        const sketch = filled(before);
        sketch.update(null);
        const restored = QuantileSketch.restore(throughJson(sketch.state()));
        for (const value of after) {
          sketch.update(value);
          restored.update(value);
        }
        expect(restored.state()).toEqual(sketch.state());
        expect(restored.quantile(0.3)).toBe(sketch.quantile(0.3));
      }),
    );
  });

  it('counts what is no number as missing', () => {
    const sketch = new QuantileSketch();
    for (const value of [null, NaN, Infinity, 1e300, 2]) sketch.update(value);
    expect([sketch.count, sketch.missing, sketch.quantile(0.5)]).toEqual([1, 4, 2]);
    expect(new QuantileSketch().quantile(0.5)).toBeNaN();
  });

  it('refuses other sizes and damaged states', async () => {
    await expectCode(() => new QuantileSketch(7), 'INVALID_CONFIG');
    await expectCode(() => filled([1]).merge(new QuantileSketch(64)), 'INVALID_CONFIG');
    const state = filled([1, 2, 3]).state();
    const damaged = [
      { ...state, levels: [[1, 2, 30]] },
      { ...state, levels: [[1, 2, 'x']] },
      { ...state, levels: [[1], [2]] },
      { ...state, extremes: [] },
      { ...state, size: 1e9 },
      { ...state, more: 1 },
      null,
    ];
    for (const one of damaged) await expectCode(() => QuantileSketch.restore(one), 'CHECKPOINT_CORRUPT');
    expect(QuantileSketch.restore(state).count).toBe(3);
  });
});

const names = fc.array(fc.constantFrom(...'a a a a b b b c c d e f g h i j k l m n o p q r s t'.split(' ')), {
  maxLength: 300,
});

function counted(values: readonly (string | null)[], capacity = 5): FrequencySketch {
  const sketch = new FrequencySketch(capacity);
  for (const value of values) sketch.update(value);
  return sketch;
}

function expectBounds(sketch: FrequencySketch, values: readonly string[], capacity: number): void {
  const found = new Map(sketch.entries().map(({ value, count }) => [value, count]));
  expect(found.size).toBeLessThanOrEqual(capacity);
  expect(sketch.error).toBeLessThanOrEqual(values.length / (capacity + 1));
  for (const value of new Set(values)) {
    const exact = values.filter((other) => other === value).length;
    expect(found.get(value) ?? 0).toBeLessThanOrEqual(exact);
    expect((found.get(value) ?? 0) + sketch.error).toBeGreaterThanOrEqual(exact);
  }
  expect(sketch.other).toBe(values.length - [...found.values()].reduce((sum, count) => sum + count, 0));
}

describe('FrequencySketch', () => {
  it('keeps every frequent value, with counts that are at most `error` too low', () => {
    fc.assert(fc.property(names, (values) => expectBounds(counted(values), values, 5)));
  });

  it('merges within the same bound, and commutes', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        const [one, other] = [counted(a), counted(b)];
        one.merge(counted(b));
        other.merge(counted(a));
        expectBounds(one, [...a, ...b], 5);
        expect(one.state()).toEqual(other.state());
      }),
    );
  });

  it('is exact while there is room', () => {
    expect(counted(['b', 'a', 'b', null, 'c', 'a'], 3).entries()).toEqual([
      { value: 'a', count: 2 },
      { value: 'b', count: 2 },
      { value: 'c', count: 1 },
    ]);
    expect(counted(['b', 'a', 'b', null, 'c', 'a'], 3)).toMatchObject({ count: 5, missing: 1, error: 0, other: 0 });
  });

  it('goes on exactly from a state that was JSON', () => {
    fc.assert(
      fc.property(names, names, (before, after) => {
        const sketch = counted(before);
        const restored = FrequencySketch.restore(throughJson(sketch.state()));
        for (const value of after) {
          sketch.update(value);
          restored.update(value);
        }
        expect(restored.state()).toEqual(sketch.state());
      }),
    );
  });

  it('keeps long values apart in a bounded space', () => {
    const [one, other] = [`${'x'.repeat(500)}1`, `${'x'.repeat(500)}2`];
    expect(
      counted([one, other, other])
        .entries()
        .map(({ count }) => count),
    ).toEqual([2, 1]);
    expect(shortName(one)).toHaveLength(64);
    expect(shortName('x'.repeat(64))).toBe('x'.repeat(64));
  });

  it('refuses other capacities and damaged states', async () => {
    await expectCode(() => new FrequencySketch(0), 'INVALID_CONFIG');
    await expectCode(() => counted([]).merge(new FrequencySketch(6)), 'INVALID_CONFIG');
    const state = counted(['a', 'b']).state();
    const damaged = [
      { ...state, capacity: 1 },
      { ...state, count: 1 },
      {
        ...state,
        counters: [
          ['a', 1],
          ['a', 1],
        ],
      },
      { ...state, counters: [['a', 0.5]] },
      { ...state, counters: [['a'.repeat(65), 1]] },
    ];
    for (const one of damaged) await expectCode(() => FrequencySketch.restore(one), 'CHECKPOINT_CORRUPT');
  });
});
