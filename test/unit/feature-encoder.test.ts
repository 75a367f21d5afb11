import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeatureSchema, ParsedFeatures } from '../../src/core/task.ts';
import { defaultHashSize, FeatureEncoder } from '../../src/learners/feature-encoder.ts';
import '../support/fixed-seed.ts';

const numeric: FeatureSchema = { x: { type: 'numeric' } };
const none: FeatureSchema = {};

function rowOf(encoder: FeatureEncoder, item: ParsedFeatures, context: ParsedFeatures = {}): number[] {
  const row = new Float32Array(encoder.size);
  encoder.writeRow(encoder.encode(context, item), row, 0);
  return [...row];
}

function learned(encoder: FeatureEncoder, items: readonly ParsedFeatures[]): FeatureEncoder {
  for (const item of items) encoder.learnOne(encoder.encode({}, item));
  return encoder;
}

const numbersOnly = () => new FeatureEncoder({ context: none, item: numeric }, 0);

describe('numbers', () => {
  const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 60 });

  it('are standardised as by a computation in two passes', () => {
    fc.assert(
      fc.property(values, fc.double({ min: -1e6, max: 1e6, noNaN: true }), (seen, value) => {
        const mean = seen.reduce((a, b) => a + b, 0) / seen.length;
        const deviation = Math.sqrt(seen.reduce((sum, x) => sum + (x - mean) ** 2, 0) / seen.length);
        fc.pre(deviation > 1e-3);
        const expected = Math.max(-5, Math.min(5, (value - mean) / deviation));
        const encoder = learned(
          numbersOnly(),
          seen.map((x) => ({ x })),
        );
        expect(rowOf(encoder, { x: value })[0]).toBeCloseTo(expected, 4);
      }),
    );
  });

  it('are 0 until there is a spread, and cut at five deviations', () => {
    const encoder = learned(numbersOnly(), [{ x: 3 }]);
    expect(rowOf(encoder, { x: 100 })).toEqual([0, 0]);
    learned(encoder, [{ x: 3 }, { x: 4 }]);
    expect(rowOf(encoder, { x: 1e30 })).toEqual([5, 0]);
    expect(rowOf(encoder, { x: -1e30 })).toEqual([-5, 0]);
  });

  it('stay finite after the widest numbers that are taken', () => {
    const widest = 3.4e38;
    const encoder = learned(
      numbersOnly(),
      [widest, -widest, widest, 0].map((x) => ({ x })),
    );
    expect(encoder.state()['item.x']?.squares).toBeLessThan(Infinity);
    expect(rowOf(encoder, { x: widest }).every(Number.isFinite)).toBe(true);
  });

  it('that are missing have an indicator and leave the moments alone', () => {
    const encoder = learned(numbersOnly(), [{ x: 1 }, { x: 3 }]);
    const before = encoder.state();
    learned(encoder, [{ x: null }, {}]);
    expect(encoder.state()).toEqual(before);
    expect(rowOf(encoder, { x: null })).toEqual([0, 1]);
  });
});

describe('a row', () => {
  const schemas = {
    context: { hour: { type: 'numeric' } },
    item: { v: { type: 'embedding', size: 3 }, a: { type: 'numeric' }, topic: { type: 'categorical' } },
  } as const;

  it('has the numbers of the context, those of the item by name, then the hashed block', () => {
    const encoder = new FeatureEncoder(schemas, 16);
    expect(encoder.size).toBe(2 + 2 + 3 + 16);
    for (const value of [0, 2]) encoder.learnOne(encoder.encode({ hour: value }, { a: 10 * value }));
    const row = rowOf(encoder, { v: [7, 8, 9], a: 0, topic: 'css' }, { hour: 2 });
    expect(row.slice(0, 7)).toEqual([1, 0, -1, 0, 7, 8, 9]);
    expect(row.slice(7).filter((value) => value !== 0).length).toBeGreaterThan(0);
  });

  it('puts every token in two places by its hash, each with its own sign', () => {
    const encoder = new FeatureEncoder({ context: none, item: none }, 1024);
    const row = new Float32Array(1024);
    const first = 0b1 << 31; // low bits 0: place 0, negative
    const second = (0b01 << 30) | (5 << 13) | 700; // place 700 positive, place 5 negative
    const tokens = [
      { hash: (first | (9 << 13)) >>> 0, value: 0.5 },
      { hash: second >>> 0, value: 0.25 },
    ];
    encoder.writeRow({ context: {}, item: {}, tokens }, row, 0);
    const filled = [...row.entries()].filter(([, value]) => value !== 0);
    expect(filled).toEqual([
      [0, -0.5],
      [5, -0.25],
      [9, 0.5],
      [700, 0.25],
    ]);
  });

  it('tells 2,000 categories apart in 512 places', () => {
    const encoder = new FeatureEncoder({ context: none, item: { topic: { type: 'categorical' } } }, 512);
    const rows = Array.from({ length: 2000 }, (_, index) => rowOf(encoder, { topic: `topic ${index}` }).join());
    // 512² · 4 / 2 signed pairs of places: 2,000 draws meet in about 2,000² / 2 / 524,288 ≈ 3.8 of them.
    expect(2000 - new Set(rows).size).toBeLessThan(14);
  });

  it('does not depend on the order in which the schema names its features', () => {
    const reversed = Object.fromEntries(Object.entries(schemas.item).reverse()) as FeatureSchema;
    const item = { v: [1, 2, 3], a: 4, topic: 'css' };
    expect(rowOf(new FeatureEncoder({ ...schemas, item: reversed }, 64), item)).toEqual(
      rowOf(new FeatureEncoder(schemas, 64), item),
    );
  });

  it('of what was never seen is an ordinary row', () => {
    const encoder = learned(new FeatureEncoder(schemas, 64), [
      { a: 1, topic: 'css' },
      { a: 2, topic: 'html' },
    ]);
    expect(rowOf(encoder, { a: 3, topic: 'never seen', v: null }).every(Number.isFinite)).toBe(true);
  });
});

describe('the state', () => {
  const items = [{ x: 1 }, { x: -4 }, { x: 2.5 }];

  it('is changed by learnOne alone', () => {
    const encoder = learned(numbersOnly(), items);
    const before = encoder.state();
    rowOf(encoder, { x: 99 });
    encoder.encode({}, { x: 99 });
    expect(encoder.state()).toEqual(before);
    learned(encoder, [{ x: 99 }]);
    expect(encoder.state()).not.toEqual(before);
  });

  it('continues in another encoder, also through JSON, and is a copy', () => {
    const first = learned(numbersOnly(), items);
    const state = first.state();
    const second = numbersOnly();
    second.restore(JSON.parse(JSON.stringify(state)) as typeof state);
    learned(first, [{ x: 7 }]);
    expect(state).toEqual(second.state());
    learned(second, [{ x: 7 }]);
    expect(second.state()).toEqual(first.state());
  });
});

it('a row counts the places of the context, which come first', () => {
  const category: FeatureSchema = { c: { type: 'categorical' } };
  const encoder = new FeatureEncoder({ context: category, item: category }, 128);
  const row = encoder.row(encoder.encode({ c: 'a' }, { c: 'b' }));
  expect(row.contextPlaces).toBe(2);
  expect(row.indices).toHaveLength(6);
  const other = encoder.row(encoder.encode({ c: 'a' }, { c: 'z' }));
  expect(other.indices.slice(0, 2)).toEqual(row.indices.slice(0, 2));
  expect(encoder.row(encoder.encode({}, { c: 'b' }, [])).contextPlaces).toBe(0);
});

it('rows stay as they were written', () => {
  const encoder = learned(
    new FeatureEncoder({ context: {}, item: { ...numeric, v: { type: 'embedding', size: 3 } } }, 0),
    [
      { x: 1, v: null },
      { x: 3, v: null },
    ],
  );
  const items = Array.from({ length: 1500 }, (_, index) => ({
    x: index % 7,
    v: index % 2 === 0 ? [index, 1, 2] : null,
  }));
  const rows = items.map((item) => encoder.row(encoder.encode({}, item)));
  rows.forEach(({ raw, dense }, index) => {
    const { x, v } = items[index]!;
    expect([...dense]).toEqual([...(v ?? [0, 0, 0]), x - 2, 0]);
    expect([...raw]).toEqual([...(v ?? [NaN, NaN, NaN]), x]);
  });
});

it('the hashed block grows with what the schema declares', () => {
  const sizeOf = (item: FeatureSchema) => defaultHashSize({ context: none, item });
  const categories = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, { type: 'categorical' as const }]));
  expect(sizeOf(numeric)).toBe(0);
  expect([1, 2, 3, 4, 5].map((count) => sizeOf(categories(count)))).toEqual([128, 256, 512, 512, 512]);
  expect(sizeOf({ t: { type: 'text' } })).toBe(512);
});
