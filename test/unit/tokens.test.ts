import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { murmur3 } from '../../src/core/hashing.ts';
import type { FeatureSchema, ParsedFeatures } from '../../src/core/task.ts';
import { crossTokens, fineTokens, joinTokens, partTokens, type Token } from '../../src/learners/tokens.ts';
import '../support/fixed-seed.ts';

const schema: FeatureSchema = {
  topic: { type: 'categorical' },
  tags: { type: 'multi-hot' },
  title: { type: 'text' },
  price: { type: 'numeric' },
  vector: { type: 'embedding', size: 2 },
};
const only = (name: string, type: 'categorical' | 'multi-hot' | 'text') =>
  ({ [name]: { type } }) satisfies FeatureSchema;
const hashes = (tokens: readonly Token[]) => tokens.map(({ hash }) => hash).sort((a, b) => a - b);
const hashesOf = (...names: string[]) => names.map((name) => murmur3(name)).sort((a, b) => a - b);
const length = (tokens: readonly Token[]) => Math.hypot(...tokens.map(({ value }) => value));

describe('partTokens', () => {
  it('names categories, entries of a multi-hot, words and word pairs', () => {
    const features: ParsedFeatures = {
      topic: 'css',
      tags: ['a', 'b'],
      title: 'Grid, a grid!',
      price: 3,
      vector: [1, 2],
    };
    expect(hashes(partTokens('@', schema, features))).toEqual(
      hashesOf(
        ...['@topic=css', '@tags=a', '@tags=b'],
        ...['@title=grid', '@title=a', '@title=grid a', '@title=a grid'],
      ),
    );
  });

  it('gives a missing category a token of its own, and a missing text none', () => {
    expect(hashes(partTokens('', schema, { topic: null, tags: null, title: null }))).toEqual(
      hashesOf('topic=∅', 'tags=∅'),
    );
    expect(partTokens('', only('tags', 'multi-hot'), { tags: [] })).toEqual([]);
  });

  it('reads words of any script', () => {
    expect(hashes(partTokens('', only('t', 'text'), { t: 'Größe 日本 42' }))).toEqual(
      hashesOf('t=größe', 't=日本', 't=42', 't=größe 日本', 't=日本 42'),
    );
  });

  it('gives the tokens of a feature unit length together, however many and however often', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, (entries) => {
        const text = partTokens('', only('t', 'text'), { t: entries.join(' ') });
        const tags = partTokens('', only('t', 'multi-hot'), { t: entries });
        expect(length(text)).toBeCloseTo(1, 12);
        expect(length(tags)).toBeCloseTo(1, 12);
        expect(new Set(hashes(tags)).size).toBe(tags.length);
      }),
    );
  });
});

describe('crossTokens', () => {
  const schemas = { context: only('hour', 'categorical'), item: only('tags', 'multi-hot') };

  it('has a product of each value of the context and each of the item', () => {
    const crosses = crossTokens(schemas, { hour: '9' }, { tags: ['a', 'b'] });
    expect(hashes(crosses)).toEqual(hashesOf('hour=9×tags=a', 'hour=9×tags=b'));
    expect(length(crosses)).toBeCloseTo(1, 12);
  });

  it('leaves out texts and numbers, and is bounded', () => {
    expect(crossTokens({ context: only('q', 'text'), item: schemas.item }, { q: 'x' }, { tags: ['a'] })).toEqual([]);
    const many = Array.from({ length: 40 }, (_, index) => `${index}`);
    const wide = { context: only('hours', 'multi-hot'), item: schemas.item };
    expect(crossTokens(wide, { hours: many }, { tags: many })).toHaveLength(256);
  });
});

describe('fineTokens', () => {
  const features: ParsedFeatures = { topic: 'css', tags: ['a', 'b'], title: 'Grid', price: 3, vector: [1, 2] };
  const of = (prefix: string, name: string, given = features) =>
    joinTokens(fineTokens(prefix, { [name]: schema[name]! }, given));

  it('have unit length for each feature, and none for numbers and missing texts', () => {
    for (const name of ['topic', 'tags', 'title']) expect(Math.hypot(...of('', name).values)).toBeCloseTo(1, 6);
    for (const name of ['price', 'vector']) expect(of('', name).hashes).toHaveLength(0);
    expect(of('', 'title', { title: null }).hashes).toHaveLength(0);
  });

  it('keep the features, and the parts of the input, apart', () => {
    const two: FeatureSchema = { title: { type: 'text' }, body: { type: 'text' } };
    const [title, body] = fineTokens('', two, { title: 'grid', body: 'grid' });
    const others = new Set([...body!.hashes, ...of('@', 'title').hashes]);
    expect([...title!.hashes].filter((hash) => others.has(hash))).toEqual([]);
  });

  it('follow one another when joined', () => {
    const all = joinTokens(fineTokens('', schema, features));
    const [topic, title] = [of('', 'topic'), of('', 'title')];
    expect(all.hashes).toHaveLength(1 + 2 + title.hashes.length);
    expect(all.hashes[0]).toBe(topic.hashes[0]);
    expect([...all.hashes.slice(3)]).toEqual([...title.hashes]);
    expect([...all.values.slice(3)]).toEqual([...title.values]);
  });
});
