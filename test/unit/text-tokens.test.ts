import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeatureSchema, ParsedFeatures } from '../../src/core/task.ts';
import { FeatureEncoder } from '../../src/learners/feature-encoder.ts';
import { textTokens } from '../../src/learners/text/text-tokens.ts';
import '../support/fixed-seed.ts';

const hashesOf = (text: string, seed = 1) => [...textTokens(text, seed).hashes].sort((a, b) => a - b);
const shared = (a: string, b: string) => {
  const others = new Set(hashesOf(b));
  return hashesOf(a).filter((hash) => others.has(hash)).length;
};

describe('textTokens', () => {
  it('have unit length together, none of them twice, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const { hashes, values } = textTokens(text, 7);
        expect(values).toHaveLength(hashes.length);
        const length = Math.hypot(...values);
        expect(hashes.length === 0 || Math.abs(length - 1) < 1e-5).toBe(true);
      }),
    );
  });

  it('are none for a text without words', () => {
    expect(textTokens('', 1).hashes).toHaveLength(0);
    expect(textTokens('  \n\t ', 1).hashes).toHaveLength(0);
  });

  it('are words, pairs with the ends of the text, and pieces of 3 to 5 characters with the borders of words', () => {
    // go: the word; "^ go" and "go $"; " go", "go " and " go ".
    expect(textTokens('go', 1).hashes).toHaveLength(1 + 2 + 3);
    // 2 words, 3 pairs, and the same pieces of "go" plus those of "to".
    expect(textTokens('go to', 1).hashes).toHaveLength(2 + 3 + 6);
  });

  it('do not mind case, apostrophes or compatibility forms, and mind order by pairs alone', () => {
    expect(hashesOf('Don’t')).toEqual(hashesOf("DON'T"));
    expect(hashesOf('ﬁne')).toEqual(hashesOf('fine'));
    expect(hashesOf('a card')).not.toEqual(hashesOf('card a'));
  });

  it('share pieces where words are bent, and the number of digits where numbers differ', () => {
    expect(shared('transferring', 'transferred')).toBeGreaterThan(10);
    expect(shared('transferring', 'balance')).toBe(0);
    expect(shared('08712', '99435')).toBe(3); // #####, "^ #####" and "##### $"
    expect(shared('08712', '994')).toBe(0);
  });

  it('see signs that are no letters', () => {
    expect(shared('win £ now', 'lose £ later')).toBeGreaterThan(0);
    expect(shared('win now', 'lose later')).toBe(0);
  });

  it('find words inside scripts that do not set them apart', () => {
    expect(shared('新しいカード', 'カードを失くした')).toBeGreaterThan(3);
  });

  it('of another seed are others', () => {
    const first = new Set(hashesOf('where is my card', 1));
    expect(hashesOf('where is my card', 2).filter((hash) => first.has(hash))).toEqual([]);
  });

  it('count what repeats sublinearly', () => {
    const { hashes, values } = textTokens('very very very very good', 1);
    const word = (text: string) => values[hashes.indexOf(textTokens(text, 1).hashes[0]!)]!;
    expect(word('very') / word('good')).toBeCloseTo(1 + Math.log(4), 5);
  });

  it('are bounded however long the text', () => {
    const long = Array.from({ length: 20_000 }, (_, index) => `word${index}`).join(' ');
    expect(textTokens(long, 1).hashes.length).toBeLessThan(20_000);
    expect(textTokens('x'.repeat(100_000), 1).hashes.length).toBeLessThan(100);
  });
});

describe('a row', () => {
  const withText: FeatureSchema = { title: { type: 'text' }, topic: { type: 'categorical' } };
  const rowOf = (item: FeatureSchema, features: ParsedFeatures) => {
    const encoder = new FeatureEncoder({ context: { daypart: { type: 'categorical' } }, item }, 64);
    return encoder.row(encoder.encode({ daypart: 'noon' }, features));
  };

  it('has the tokens of all discrete features where a text is declared, and the same ones again when asked again', () => {
    const row = rowOf(withText, { title: 'go', topic: 'css' });
    expect(row.tokens?.hashes).toHaveLength(1 + 6 + 1);
    expect(row.tokens).toBe(row.tokens);
  });

  it('has none where no text is declared', () => {
    expect(rowOf({ topic: { type: 'categorical' } }, { topic: 'css' }).tokens).toBeUndefined();
  });
});
