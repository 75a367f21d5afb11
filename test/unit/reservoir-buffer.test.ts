import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReservoirBuffer } from '../../src/continual/reservoir-buffer.ts';
import { Rng } from '../../src/core/rng.ts';
import '../support/fixed-seed.ts';
import { keysOf, offer } from './continual-fixtures.ts';

function filled(capacity: number, count: number, rng: Rng): ReservoirBuffer {
  const buffer = new ReservoirBuffer({ capacity });
  offer(buffer, count, rng);
  return buffer;
}

describe('ReservoirBuffer', () => {
  it('holds everything until it is full, without a draw', () => {
    const rng = Rng.fromSeed(1);
    const before = rng.state();
    const buffer = filled(5, 5, rng);
    expect(buffer.state()).toMatchObject({ keys: [1, 2, 3, 4, 5], part: { values: { seen: 5 } } });
    expect(rng.state()).toEqual(before);
  });

  it('never holds more than its capacity, nor an entry twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(100), fc.integer(), (capacity, count, seed) => {
        const buffer = filled(capacity, count, Rng.fromSeed(seed));
        expect(buffer.size).toBe(Math.min(capacity, count));
        expect(new Set(keysOf(buffer)).size).toBe(buffer.size);
      }),
    );
  });

  it('keeps every entry of a stream with the same chance', () => {
    const [capacity, count, runs] = [10, 50, 5_000];
    const kept = new Array<number>(count).fill(0);
    const rng = Rng.fromSeed(2);
    for (let run = 0; run < runs; run++) for (const key of keysOf(filled(capacity, count, rng))) kept[key - 1]! += 1;
    // Each is kept in a fifth of the runs: 1,000 with standard deviation √(5,000 · 0.2 · 0.8) = 28.3.
    expect(Math.max(...kept.map((times) => Math.abs(times - 1000)))).toBeLessThan(4 * 28.3);
    // Draws without replacement are a little more even than the 49 degrees of freedom of independent ones.
    const chiSquare = kept.reduce((sum, times) => sum + (times - 1000) ** 2 / 800, 0);
    expect(chiSquare, 'above the 99.9 % point with 49 degrees of freedom').toBeLessThan(85.35);
  });

  it('samples uniformly, with replacement', () => {
    const rng = Rng.fromSeed(3);
    const buffer = filled(8, 8, rng);
    const counts = new Map<number, number>();
    for (const { key } of buffer.sample(8_000, rng)) counts.set(key, (counts.get(key) ?? 0) + 1);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(counts.size).toBe(8);
    expect(chiSquare, 'above the 99.9 % point with 7 degrees of freedom').toBeLessThan(24.32);
  });

  it('gives nothing from nothing', () => {
    expect(new ReservoirBuffer({ capacity: 3 }).sample(5, Rng.fromSeed(4))).toEqual([]);
  });
});
