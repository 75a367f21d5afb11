import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import '../support/fixed-seed.ts';

const draws = (rng: Rng): number[] => [
  ...Array.from({ length: 5 }, () => rng.nextFloat()),
  ...Array.from({ length: 5 }, () => rng.nextInt(1000)),
  ...Array.from({ length: 3 }, () => rng.nextGaussian()),
  ...rng.shuffle([1, 2, 3, 4, 5, 6, 7]),
];

describe('Rng', () => {
  it('gives the same sequence for the same seed and another one for a neighbouring seed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(draws(Rng.fromSeed(seed))).toEqual(draws(Rng.fromSeed(seed)));
        expect(Rng.fromSeed(seed).nextFloat()).not.toBe(Rng.fromSeed(seed + 1).nextFloat());
      }),
    );
  });

  it('continues from a stored state, which survives JSON, as if it had not been interrupted', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(40), (seed, before) => {
        const rng = Rng.fromSeed(seed);
        for (let i = 0; i < before; i++) rng.nextGaussian();
        const stored = JSON.parse(JSON.stringify(rng.state())) as number[];
        const expected = draws(rng);
        expect(draws(Rng.fromState(stored))).toEqual(expected);
        expect(draws(Rng.fromState(stored)), 'a state is not used up').toEqual(expected);
      }),
    );
  });

  it('hands out a copy of its state', () => {
    const rng = Rng.fromSeed(1);
    (rng.state() as number[]).fill(0);
    expect(draws(rng)).toEqual(draws(Rng.fromSeed(1)));
  });

  it('draws within its bounds', () => {
    const rng = Rng.fromSeed(2);
    const floats = Array.from({ length: 10_000 }, () => rng.nextFloat());
    expect(floats.every((value) => value >= 0 && value < 1)).toBe(true);
    // Mean of n uniforms: standard deviation √(1 / 12 n) = 0.0029; five of them.
    expect(Math.abs(floats.reduce((a, b) => a + b, 0) / floats.length - 0.5)).toBeLessThan(0.0145);
    expect(new Set(Array.from({ length: 200 }, () => rng.nextInt(3)))).toEqual(new Set([0, 1, 2]));
    expect(rng.nextInt(1)).toBe(0);
  });

  it('draws small seeds apart: the first draws of 1,000 seeds are uniform', () => {
    const bins = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 1000; seed++) bins[Math.floor(Rng.fromSeed(seed).nextFloat() * 10)]! += 1;
    const chiSquare = bins.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    expect(chiSquare, 'above the 99.9 % point with 9 degrees of freedom').toBeLessThan(27.88);
  });

  it('draws normal numbers', () => {
    const rng = Rng.fromSeed(3);
    const values = Array.from({ length: 20_000 }, () => rng.nextGaussian());
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    // Standard errors 1 / √n = 0.007 and √(2 / n) = 0.01; five of them.
    expect(Math.abs(mean)).toBeLessThan(0.036);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('shuffles in place and keeps every value', () => {
    const values = [3, 1, 2];
    expect(Rng.fromSeed(4).shuffle(values)).toBe(values);
    expect([...values].sort()).toEqual([1, 2, 3]);
  });
});
