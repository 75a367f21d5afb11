import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, murmur3, sha256Hex } from '../../src/core/hashing.ts';
import '../support/fixed-seed.ts';

describe('murmur3', () => {
  // Computed with the reference MurmurHash3_x86_32 (Wikipedia, "MurmurHash"; stackoverflow.com/a/31929528).
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['a', 0x9747b28c, 0x7fa09ea6],
    ['aa', 0x9747b28c, 0x5d211726],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['abc', 0, 0xb3dd93fa],
    ['abc', 0x9747b28c, 0xc84a62dd],
    ['abcd', 0x9747b28c, 0xf0478627],
    ['test', 0, 0xba6bd213],
    ['test', 0x9747b28c, 0x704b81dc],
    ['Hello, world!', 0, 0xc0363e43],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
  ])('of "%s" with seed %i is the published value', (text, seed, hash) => {
    expect(murmur3(text, seed)).toBe(hash);
  });

  it('hashes the UTF-8 bytes of any text, also of a long one and of half a character', () => {
    const unit = fc.oneof(fc.integer({ min: 0, max: 0x7ff }), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(unit), fc.integer({ min: 0, max: 300 }), fc.integer(), (units, padding, seed) => {
        const text = String.fromCharCode(...units) + 'p'.repeat(padding);
        // Unpaired surrogates count as U+FFFD; the one at the end keeps a text off the way that short ones take.
        const bytes = new TextDecoder().decode(new TextEncoder().encode(text));
        expect(murmur3(text, seed)).toBe(murmur3(bytes, seed));
        expect(murmur3(`${text}\ud800`, seed)).toBe(murmur3(`${text}\ufffd`, seed));
      }),
    );
  });

  it('is an unsigned 32-bit integer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer(), (text, seed) => {
        const hash = murmur3(text, seed);
        expect(hash).toBe(hash >>> 0);
      }),
    );
  });
});

it('sha256Hex gives the value of FIPS 180-2, appendix B.1', async () => {
  expect(await sha256Hex(new TextEncoder().encode('abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

describe('canonicalJson', () => {
  const shuffledKeys = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffledKeys);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, entry]) => [key, shuffledKeys(entry)]),
    );
  };

  it('does not depend on the order of keys at any level, and stays JSON of the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffledKeys(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('keeps the order of lists and tells values apart', () => {
    expect(canonicalJson({ b: [2, 1], a: { d: null, c: 'x' } })).toBe('{"a":{"c":"x","d":null},"b":[2,1]}');
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });
});
