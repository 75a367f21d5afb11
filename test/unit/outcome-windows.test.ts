import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoundedNames } from '../../src/monitor/outcome/bounded-names.ts';
import { DecayingWindow } from '../../src/monitor/outcome/decaying-window.ts';
import { SlidingWindow } from '../../src/monitor/outcome/sliding-window.ts';
import { plainSums } from '../../src/monitor/outcome/sum-window.ts';
import '../support/fixed-seed.ts';

const layout = plainSums(2);
const record = fc.tuple(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0),
  fc.constantFrom(0, 1),
);
const stream = fc.array(record, { maxLength: 60 });
const throughJson = (state: unknown): unknown => JSON.parse(JSON.stringify(state));

describe('a sliding window', () => {
  test('gives the sums of its last records, whatever came before', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 20 }), (records, size) => {
        const window = new SlidingWindow(layout, size);
        for (const one of records) window.update(one);
        const last = records.slice(-size);
        expect(window.count).toBe(last.length);
        expect([...window.sums()]).toEqual([0, 1].map((i) => last.reduce((sum, one) => sum + one[i]!, 0)));
      }),
    );
  });

  test('resumes at any point to the same bits', () => {
    fc.assert(
      fc.property(stream, fc.nat(60), fc.integer({ min: 1, max: 20 }), (records, at, size) => {
        const [whole, before, after] = [1, 2, 3].map(() => new SlidingWindow(layout, size)) as [
          SlidingWindow,
          SlidingWindow,
          SlidingWindow,
        ];
        for (const one of records) whole.update(one);
        for (const one of records.slice(0, at)) before.update(one);
        after.restore(throughJson(before.state()));
        for (const one of records.slice(at)) after.update(one);
        expect(after.state()).toEqual(whole.state());
        expect(after.sums()).toEqual(whole.sums());
      }),
    );
  });

  test('a smaller one takes the last records of a larger one', () => {
    const [large, small] = [new SlidingWindow(layout, 10), new SlidingWindow(layout, 3)];
    for (let i = 1; i <= 7; i++) large.update([i, 1]);
    small.restore(throughJson(large.state()));
    expect([...small.sums()]).toEqual([5 + 6 + 7, 3]);
    small.update([100, 0]);
    expect([...small.sums()]).toEqual([6 + 7 + 100, 2]);
  });
});

describe('a decaying window', () => {
  test('counts an observation half after its half-life', () => {
    const window = new DecayingWindow(layout, 4);
    window.update([8, 1]);
    for (let i = 0; i < 4; i++) window.update([0, 0]);
    expect(window.sums()[0]).toBeCloseTo(4, 12);
    // Σ 2^(-k/4), k = 0 … 4
    expect(window.count).toBeCloseTo((1 - 2 ** -1.25) / (1 - 2 ** -0.25), 12);
  });

  test('equals the weighted sum, and a plain one without a half-life', () => {
    fc.assert(
      fc.property(stream, fc.double({ min: 0.5, max: 1000, noNaN: true }), (records, halfLife) => {
        const [decaying, total] = [new DecayingWindow(layout, halfLife), new DecayingWindow(layout, Infinity)];
        for (const one of records) {
          decaying.update(one);
          total.update(one);
        }
        const weighted = records.reduce((sum, one, i) => sum + one[0] * 2 ** (-(records.length - 1 - i) / halfLife), 0);
        expect(Math.abs(decaying.sums()[0]! - weighted)).toBeLessThan(1e-6);
        expect(total.count).toBe(records.length);
        expect(total.sums()[0]).toBe(records.reduce((sum, one) => sum + one[0], 0));
      }),
    );
  });

  test('resumes to the same bits', () => {
    fc.assert(
      fc.property(stream, fc.nat(60), (records, at) => {
        const [whole, before, after] = [
          new DecayingWindow(layout),
          new DecayingWindow(layout),
          new DecayingWindow(layout),
        ];
        for (const one of records) whole.update(one);
        for (const one of records.slice(0, at)) before.update(one);
        after.restore(throughJson(before.state()));
        for (const one of records.slice(at)) after.update(one);
        expect(after.state()).toEqual(whole.state());
      }),
    );
  });
});

test.each([
  ['a record is not whole', () => new SlidingWindow(layout, 3).restore([1, 2, 3])],
  ['a number is not finite', () => new SlidingWindow(layout, 3).restore([1, NaN])],
  ['no list', () => new SlidingWindow(layout, 3).restore({})],
  ['a sum is missing', () => new DecayingWindow(layout).restore({ count: 1, sums: [1] })],
  ['a negative count', () => new DecayingWindow(layout).restore({ count: -1, sums: [1, 2] })],
  ['an unknown key', () => new DecayingWindow(layout).restore({ count: 1, sums: [1, 2], more: 1 })],
  ['nothing', () => new DecayingWindow(layout).restore(null)],
  ['a name twice', () => new BoundedNames(3).restore(['a', 'a'])],
  ['too many names', () => new BoundedNames(1).restore(['a', 'b'])],
  ['names of another declaration', () => new BoundedNames(3, ['a', 'b']).restore(['a', 'c'])],
])('a damaged state is refused: %s', (_, restore) => {
  expect(restore).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
});

test.each([
  ['a window of nothing', () => new SlidingWindow(layout, 0)],
  ['a half-life of nothing', () => new DecayingWindow(layout, 0)],
  ['a half-life that is no number', () => new DecayingWindow(layout, NaN)],
])('%s is refused', (_, create) => {
  expect(create).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
});

test('the first names have places, all others share one', () => {
  const names = new BoundedNames(2, ['z']);
  expect(['a', 'b', 'z', 'a', 'c', '__proto__'].map((name) => names.add(name))).toEqual([1, 2, 0, 1, 2, 2]);
  expect(names.names()).toEqual(['z', 'a']);
  expect(new BoundedNames(2).add('x'.repeat(101))).toBe(2);
  expect(names.indexOf('b')).toBeNull();
});
