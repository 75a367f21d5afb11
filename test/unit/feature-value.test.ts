import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeatureSchema } from '../../src/core/task.ts';
import { parseFeatures } from '../../src/learners/feature-value.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';

const schema: FeatureSchema = {
  price: { type: 'numeric' },
  topic: { type: 'categorical' },
  title: { type: 'text' },
  tags: { type: 'multi-hot' },
  vector: { type: 'embedding', size: 2 },
};
const values: Record<string, unknown> = { price: 2, topic: 'css', title: 'Grid', tags: ['a'], vector: [1, 2] };
const missing = { price: null, topic: null, title: null, tags: null, vector: null };

describe('parseFeatures', () => {
  it('gives every declared feature, and categories as strings', () => {
    const features = { price: 1.5, topic: 7, title: 'A title', tags: ['a', 'b'], vector: [0.1, -2] };
    expect(parseFeatures(schema, features)).toEqual({ ...features, topic: '7' });
    expect(parseFeatures(schema, { topic: true })).toEqual({ ...missing, topic: 'true' });
  });

  it('takes absent, undefined and null for missing', () => {
    expect(parseFeatures(schema, {})).toEqual(missing);
    expect(parseFeatures(schema, { price: undefined, topic: null })).toEqual(missing);
  });

  it('takes any finite number, text and list', () => {
    const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(finite, fc.string(), fc.array(fc.string()), fc.tuple(finite, finite), (price, text, tags, vector) => {
        const parsed = parseFeatures(schema, { price, topic: text, title: text, tags, vector });
        expect(parsed).toEqual({ price, topic: text, title: text, tags, vector });
      }),
    );
  });

  it.each<[string, keyof typeof missing, unknown]>([
    ['NaN', 'price', NaN],
    ['an infinite number', 'price', -Infinity],
    ['a number beyond 32 bits', 'price', 1e39],
    ['a number as text', 'price', '12'],
    ['a list for a number', 'price', [1]],
    ['an object for a category', 'topic', { name: 'x' }],
    ['a NaN category', 'topic', NaN],
    ['a number for a text', 'title', 5],
    ['a text for a multi-hot', 'tags', 'a b'],
    ['a number in a multi-hot', 'tags', ['a', 1]],
    ['a hole in a multi-hot', 'tags', new Array(2)],
    ['a multi-hot that is too long', 'tags', new Array<string>(4097).fill('a')],
    ['an embedding of another size', 'vector', [1, 2, 3]],
    ['NaN in an embedding', 'vector', [1, NaN]],
    ['a number beyond 32 bits in an embedding', 'vector', [1, -1e39]],
    ['a hole in an embedding', 'vector', Object.assign(new Array<number>(2), { 1: 2 })],
    ['a text for an embedding', 'vector', 'ab'],
  ])('refuses %s and names the feature', async (_, feature, value) => {
    await expectCode(() => parseFeatures(schema, { [feature]: value }), 'INVALID_FEATURE', { feature });
  });

  it('refuses a name that the schema does not have', async () => {
    await expectCode(() => parseFeatures(schema, { prize: 1 }), 'INVALID_FEATURE', { feature: 'prize' });
    await expectCode(() => parseFeatures(schema, { toString: 1 }), 'INVALID_FEATURE', { feature: 'toString' });
  });

  it.each([[null], [undefined], [3], ['text'], [[1, 2]]])('refuses %j as features', async (features) => {
    await expectCode(() => parseFeatures(schema, features), 'INVALID_FEATURE', { feature: '*' });
  });

  it('does not take what every object inherits for a value', () => {
    const inherited = Object.fromEntries([
      ['constructor', { type: 'text' as const }],
      ['valueOf', { type: 'numeric' as const }],
    ]);
    expect(parseFeatures(inherited, {})).toEqual({ constructor: null, valueOf: null });
    expect(parseFeatures(inherited, { valueOf: 2 })).toMatchObject({ valueOf: 2 });
  });

  it('does not depend on the order in which features are given, and gives them in that of the schema', () => {
    const names = Object.keys(schema);
    fc.assert(
      fc.property(fc.shuffledSubarray(names), (given) => {
        const parsed = parseFeatures(schema, Object.fromEntries(given.map((name) => [name, values[name]])));
        expect(Object.entries(parsed)).toEqual(names.map((name) => [name, given.includes(name) ? values[name] : null]));
      }),
    );
  });

  it('refuses an unknown name also where as many features are given as declared', async () => {
    const { vector, ...rest } = values;
    await expectCode(() => parseFeatures(schema, { ...rest, vektor: vector }), 'INVALID_FEATURE', {
      feature: 'vektor',
    });
  });

  it('gives a new object each time', () => {
    const first = parseFeatures(schema, values);
    parseFeatures(schema, {});
    expect(parseFeatures(schema, values)).not.toBe(first);
    expect(first).toEqual(values);
  });

  it('takes __proto__ for a name like any other', async () => {
    const own = <T>(a: T, proto: T) =>
      Object.fromEntries<T>([
        ['a', a],
        ['__proto__', proto],
      ]);
    const odd = own<FeatureSchema[string]>({ type: 'numeric' }, { type: 'numeric' });
    const parsed = parseFeatures(odd, own(1, 5));
    expect(Object.entries(parsed)).toEqual(Object.entries(own(1, 5)));
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(Object.entries(parseFeatures(odd, { a: 2 }))).toEqual(Object.entries(own<number | null>(2, null)));
    const unknown = Object.fromEntries([['__proto__', 5]]);
    await expectCode(() => parseFeatures(schema, unknown), 'INVALID_FEATURE', { feature: '__proto__' });
  });

  it('cuts a very long text', () => {
    expect(parseFeatures(schema, { title: 'x'.repeat(30_000) }).title).toHaveLength(20_000);
  });
});
