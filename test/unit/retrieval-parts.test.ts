import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embedText } from '../../src/memory/retrieval/hashed-text.ts';
import { TopK } from '../../src/memory/retrieval/top-k.ts';
import { VectorTable } from '../../src/memory/retrieval/vector-table.ts';
import '../support/fixed-seed.ts';

const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, index) => sum + value * b[index]!, 0);

describe('embedText', () => {
  it('gives vectors of length 1, and zeros for a text without words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const length = Math.hypot(...embedText(text, 64));
        expect(length === 0 || Math.abs(length - 1) < 1e-5).toBe(true);
      }),
    );
    expect(Math.hypot(...embedText('  …!? ', 64))).toBe(0);
  });

  it('does not mind case, punctuation, compatibility forms or apostrophes', () => {
    expect(embedText('Don’t  PANIC!', 384)).toEqual(embedText("don't panic", 384));
    expect(embedText('ﬁne', 384)).toEqual(embedText('fine', 384));
  });

  it('puts texts that share words or parts of words closer than those that do not', () => {
    const to = (text: string) => cosine(embedText('the card was declined', 384), embedText(text, 384));
    expect(to('card was declined')).toBeGreaterThan(to('declining cards'));
    expect(to('declining cards')).toBeGreaterThan(to('open an account') + 0.05);
  });

  it('reads any script', () => {
    expect(cosine(embedText('Größe ändern', 384), embedText('größe', 384))).toBeGreaterThan(0.4);
    expect(Math.hypot(...embedText('日本', 384))).toBeCloseTo(1, 5);
  });
});

describe('TopK', () => {
  it('keeps the best as sorting all would, ties by index', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 80 });
    fc.assert(
      fc.property(scores, fc.integer({ min: 0, max: 30 }), (values, k) => {
        const best = new TopK(k);
        values.forEach((score, index) => {
          best.push(index, score);
        });
        const expected = values
          .map((score, index) => ({ index, score }))
          .sort((a, b) => b.score - a.score || a.index - b.index)
          .slice(0, k);
        expect(best.sorted()).toEqual(expected);
      }),
    );
  });
});

describe('VectorTable', () => {
  it('multiplies like a plain loop, for sizes that four does not divide too', () => {
    const vectors = fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 7, maxLength: 7 }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(vectors, (rows) => {
        const table = new VectorTable(7);
        const slots = rows.map((row) => table.add(Float32Array.from(row)));
        const query = Float32Array.from([1, -2, 3, -4, 5, -6, 7]);
        rows.forEach((row, index) => {
          expect(table.dot(query, slots[index]!)).toBe(cosine(query, Float32Array.from(row)));
        });
      }),
    );
  });

  it('uses a slot again after its vector has gone', () => {
    const table = new VectorTable(2);
    const slots = [1, 2, 3].map((value) => table.add(Float32Array.of(value, 0)));
    table.remove(slots[1]!);
    expect(table.add(Float32Array.of(9, 1))).toBe(slots[1]);
    expect([...table.at(slots[1]!)]).toEqual([9, 1]);
    expect([...table.at(slots[2]!)]).toEqual([3, 0]);
  });
});
