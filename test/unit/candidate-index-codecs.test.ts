import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeInt8, fromHalf, toHalf } from '../../src/compute/candidate-index/encode-rows.ts';

/** Of IEEE 754: sign, five bits of exponent, ten of fraction. */
function halfValue(half: number): number {
  const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Those with an exponent of 31 are infinite or no numbers. */
const finite = Array.from({ length: 1 << 16 }, (_, half) => half).filter((half) => ((half >> 10) & 31) < 31);

describe('halves', () => {
  it('stand for what they stand for, and every finite one comes back, -0 and subnormal ones too', () => {
    for (const half of finite) {
      const value = fromHalf(half);
      expect(Object.is(value, halfValue(half))).toBe(true);
      expect(toHalf(value)).toBe(half);
    }
  });

  it('are the nearest, in the middle of two the even one', () => {
    const positive = finite.filter((half) => half < 0x8000);
    for (const [i, half] of positive.slice(0, -1).entries()) {
      const next = positive[i + 1]!;
      // Exact in single precision: it has thirteen more bits.
      const [low, high] = [halfValue(half), halfValue(next)];
      const middle = (low + high) / 2;
      const even = half % 2 === 0 ? half : next;
      const towards = (share: number): number => Math.fround(middle + share * (high - low));
      expect([toHalf(middle), toHalf(-middle)]).toEqual([even, even | 0x8000]);
      expect([toHalf(towards(-0.01)), toHalf(towards(0.01))]).toEqual([half, next]);
    }
    expect([toHalf(65504), toHalf(-65504)]).toEqual([0x7bff, 0xfbff]);
    expect([toHalf(2 ** -25), toHalf(1.01 * 2 ** -25), toHalf(-(2 ** -30))]).toEqual([0, 1, 0x8000]);
  });
});

describe('int8 codes', () => {
  const encode = (values: readonly number[]) => {
    const codes = new Int8Array(values.length);
    const scale = encodeInt8(Float32Array.from(values), 0, values.length, codes, 0);
    return { scale, codes: [...codes] };
  };

  it('reach from -127 to 127, halves away from 0', () => {
    expect(encode([127, -127, 0.5, -0.5, 2.5, -2.5, 0.49, 0])).toEqual({
      scale: 1,
      codes: [127, -127, 1, -1, 3, -3, 0, 0],
    });
    expect(encode([0, 0, 0])).toEqual({ scale: 0, codes: [0, 0, 0] });
    expect(encode([1e-45, -1e-45]), 'too small to have a scale').toEqual({ scale: 0, codes: [0, 0] });
  });

  it('are off by half a scale at most, and leave their neighbours alone', () => {
    const numbers = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(numbers, (given) => {
        const values = Float32Array.from([7, ...given, 7]);
        const codes = new Int8Array(given.length + 2).fill(99);
        const scale = encodeInt8(values, 1, given.length, codes, 1);
        const largest = given.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(scale).toBe(Math.fround(largest / 127));
        expect([codes[0], codes.at(-1)]).toEqual([99, 99]);
        if (scale < 2 ** -120) return;
        for (let i = 1; i <= given.length; i++) {
          expect(Math.abs(codes[i]!)).toBeLessThanOrEqual(127);
          expect(Math.abs(values[i]! - scale * codes[i]!)).toBeLessThanOrEqual(0.5001 * scale);
        }
      }),
    );
  });
});
