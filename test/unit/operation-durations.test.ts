import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DurationHistogram } from '../../src/monitor/operation/duration-histogram.ts';
import '../support/fixed-seed.ts';

/** Durations from 0.14 ms to 0.4 s, evenly on a logarithmic scale (Numerical Recipes, ranqd1). */
function durations(): number[] {
  let state = 4242;
  return Array.from({ length: 1000 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.exp(8 * (state / 2 ** 32) - 2);
  });
}

function learned(values: Iterable<number>, halfLife = Infinity): DurationHistogram {
  const histogram = new DurationHistogram(halfLife);
  for (const value of values) histogram.update(value);
  return histogram;
}

const throughJson = (state: unknown): unknown => JSON.parse(JSON.stringify(state));
const duration = fc.double({ min: 0.01, max: 1e7, noNaN: true });

describe('quantiles of durations', () => {
  test('are those of DDSketch 3.0.1 (LogarithmicMapping(0.02), DenseStore) on the same numbers', () => {
    const histogram = learned(durations());
    const golden = [
      [0, 0.13800517377717217],
      [0.5, 7.846555868049411],
      [0.95, 276.041018716917],
      [0.99, 365.2517403762555],
      [1, 395.6767083376259],
    ] as const;
    for (const [probability, value] of golden) expect(histogram.quantile(probability)).toBeCloseTo(value, 9);
  });

  test('with old ones counting less are within 2 % of NumPy’s weighted ones', () => {
    const histogram = learned(durations(), 100);
    expect(histogram.count).toBeCloseTo(144.6287046781633, 9);
    const golden = [
      [0.5, 7.23531812433108],
      [0.95, 247.38626237278342],
      [0.99, 332.32713970259425],
    ] as const;
    for (const [probability, value] of golden) {
      expect(Math.abs(histogram.quantile(probability)! / value - 1)).toBeLessThanOrEqual(0.02 + 1e-9);
    }
  });

  test('are within 2 % of the exact lower ones', () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), probability, (values, p) => {
        const exact = [...values].sort((a, b) => a - b)[Math.floor(p * (values.length - 1))]!;
        expect(Math.abs(learned(values).quantile(p)! / exact - 1)).toBeLessThanOrEqual(0.02 + 1e-9);
      }),
    );
  });

  test('are not there before the first, and finite for what is too short or too long', () => {
    const histogram = new DurationHistogram();
    expect(histogram.quantile(0.5)).toBeNull();
    histogram.update(0);
    expect(histogram.quantile(0.5)).toBeCloseTo(0.01, 3);
    histogram.update(1e12);
    expect(histogram.quantile(1)! / 1e7).toBeCloseTo(1, 1);
    expect(histogram.longestMs).toBe(1e12);
  });

  test.each([-1, NaN, Infinity])('a duration of %d ms is refused', (value) => {
    const histogram = new DurationHistogram();
    expect(() => histogram.update(value)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
    expect(histogram.count).toBe(0);
  });
});

test('two histograms together are that of all durations', () => {
  const some = fc.array(duration, { maxLength: 60 });
  fc.assert(
    fc.property(some, some, (one, other) => {
      const merged = learned(one);
      merged.merge(learned(other));
      expect(merged.state()).toEqual(learned([...one, ...other]).state());
    }),
  );
});

describe('the state', () => {
  test('resumes to the same bits', () => {
    fc.assert(
      fc.property(fc.array(duration, { maxLength: 60 }), fc.nat(60), (values, at) => {
        const after = new DurationHistogram(7);
        after.restore(throughJson(learned(values.slice(0, at), 7).state()));
        for (const value of values.slice(at)) after.update(value);
        expect(after.state()).toEqual(learned(values, 7).state());
      }),
    );
  });

  test.each([
    ['a bucket that is not there', { longestMs: 1, count: 1, buckets: [[600, 1]] }],
    ['a negative count', { longestMs: 1, count: 1, buckets: [[5, -1]] }],
    ['no buckets', { longestMs: 1, count: 1 }],
    ['a count that is not finite', { longestMs: 1, count: NaN, buckets: [] }],
  ])('with %s is refused', (_, state) => {
    expect(() => new DurationHistogram().restore(state)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
  });
});
