import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClassBalancedBuffer } from '../../src/continual/class-balanced-buffer.ts';
import { LossAwareBuffer } from '../../src/continual/loss-aware-buffer.ts';
import { groupOf, type BufferLimits, type ReplayBuffer } from '../../src/continual/replay-buffer.ts';
import { ReservoirBuffer } from '../../src/continual/reservoir-buffer.ts';
import { Rng } from '../../src/core/rng.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';
import { countsOf, entryOf, exampleOf, keysOf, offer } from './continual-fixtures.ts';

const kinds: readonly (readonly [string, (limits: BufferLimits) => ReplayBuffer])[] = [
  ['ReservoirBuffer', (limits) => new ReservoirBuffer(limits)],
  ['ClassBalancedBuffer', (limits) => new ClassBalancedBuffer(limits)],
  ['LossAwareBuffer', (limits) => new LossAwareBuffer(limits)],
];
const labelOf = (key: number): string => `class ${key % 7 === 0 ? 1 : key % 3 === 0 ? 2 : 3}`;

describe.each(kinds)('%s', (_, create) => {
  it('keeps to its places and its bytes, and holds nothing twice', () => {
    const limits = { capacity: fc.integer({ min: 1, max: 20 }), byteBudget: fc.integer({ min: 1, max: 60 }) };
    fc.assert(
      fc.property(fc.record(limits), fc.nat(80), fc.integer(), ({ capacity, byteBudget }, count, seed) => {
        const buffer = create({ capacity, byteBudget });
        const bytesOf = (key: number): number => 1 + ((key * 7) % 13);
        offer(buffer, count, Rng.fromSeed(seed), labelOf, bytesOf);
        expect(buffer.size).toBeLessThanOrEqual(capacity);
        expect(buffer.bytes).toBeLessThanOrEqual(byteBudget);
        expect(buffer.bytes).toBe(keysOf(buffer).reduce((sum, key) => sum + bytesOf(key), 0));
        expect(new Set(keysOf(buffer)).size).toBe(buffer.size);
      }),
    );
  });

  it('goes on after a restart as if there had been none', () => {
    const sizes = {
      capacity: fc.integer({ min: 1, max: 8 }),
      before: fc.nat(30),
      after: fc.nat(30),
      seed: fc.integer(),
    };
    fc.assert(
      fc.property(fc.record(sizes), ({ capacity, before, after, seed }) => {
        const limits = { capacity, byteBudget: 3 * capacity };
        const rng = Rng.fromSeed(seed);
        const entryAt = (key: number) => ({
          ...entryOf(key, labelOf(key), 1 + (key % 4), key % 5),
          logits: key % 2 === 0 ? Float32Array.of(key, 1) : null,
        });
        const buffer = create(limits);
        for (let key = 1; key <= before; key++) buffer.update(entryAt(key), rng);
        const restored = create(limits);
        restored.restore(structuredClone(buffer.state()), (key) => exampleOf(labelOf(key)));
        const restoredRng = Rng.fromState(rng.state());
        for (let key = before + 1; key <= before + after; key++) {
          buffer.update(entryAt(key), rng);
          restored.update(entryAt(key), restoredRng);
        }
        expect(restored.state()).toEqual(buffer.state());
        expect(restored.sample(10, restoredRng)).toEqual(buffer.sample(10, rng));
      }),
    );
  });

  it('leaves out what cannot be found any more', () => {
    const buffer = create({ capacity: 4 });
    offer(buffer, 4, Rng.fromSeed(1));
    const restored = create({ capacity: 4 });
    restored.restore(buffer.state(), (key) => (key === 2 ? undefined : exampleOf('a')));
    expect(keysOf(restored)).toEqual([1, 3, 4]);
    expect(restored.bytes).toBe(3);
  });

  it('refuses a damaged state', async () => {
    const buffer = create({ capacity: 4 });
    offer(buffer, 4, Rng.fromSeed(1));
    const { keys, part } = buffer.state();
    const damaged = [
      { keys: [1, 1, 2, 3], part },
      { keys: [1], part },
      { keys, part: { ...part, tensors: { ...part.tensors, losses: Float64Array.of(1, 2, NaN, 1) } } },
      { keys, part: { ...part, values: {} } },
    ];
    for (const state of damaged) {
      await expectCode(() => create({ capacity: 4 }).restore(state, () => exampleOf('a')), 'CHECKPOINT_CORRUPT');
    }
  });
});

describe('ClassBalancedBuffer', () => {
  it('gives every class the same room, however rare it is and whenever it comes', () => {
    const buffer = new ClassBalancedBuffer({ capacity: 30 });
    const rng = Rng.fromSeed(2);
    offer(buffer, 600, rng, (key) => (key <= 500 ? 'first' : key <= 585 ? 'second' : 'third'));
    expect(countsOf(buffer)).toEqual({ first: 10, second: 10, third: 10 });
  });

  it('keeps a uniform sample within a class', () => {
    const [capacity, count, runs] = [5, 20, 4_000];
    const kept = new Array<number>(count).fill(0);
    const rng = Rng.fromSeed(3);
    for (let run = 0; run < runs; run++) {
      const buffer = new ClassBalancedBuffer({ capacity });
      offer(buffer, count, rng);
      for (const key of keysOf(buffer)) kept[key - 1]! += 1;
    }
    // Each in a quarter of the runs: 1,000 with standard deviation √(4,000 · 0.25 · 0.75) = 27.4.
    expect(Math.max(...kept.map((times) => Math.abs(times - 1000)))).toBeLessThan(4 * 27.4);
  });
});

describe('LossAwareBuffer', () => {
  it('draws what is known worst more often, and everything sometimes', () => {
    const buffer = new LossAwareBuffer({ capacity: 4 });
    const rng = Rng.fromSeed(4);
    for (let key = 1; key <= 4; key++) buffer.update(entryOf(key, 'a', 1, key === 4 ? 3 : 1), rng);
    const drawn = buffer.sample(8_000, rng).filter(({ key }) => key === 4).length / 8_000;
    // Half of the draws uniform, half by loss: 1/8 + 3/12.
    expect(Math.abs(drawn - 0.375)).toBeLessThan(0.025);
  });

  it('gives away what is known best first', () => {
    const buffer = new LossAwareBuffer({ capacity: 400 });
    const rng = Rng.fromSeed(5);
    for (let key = 1; key <= 400; key++) buffer.update(entryOf(key, 'a', 1, key % 2), rng);
    for (let key = 401; key <= 720; key++) buffer.update(entryOf(key, 'b', 1, 1), rng);
    const left = buffer.entries().filter(({ example, loss }) => groupOf(example) === 'a' && loss === 1).length;
    const easy = buffer.entries().filter(({ example, loss }) => groupOf(example) === 'a' && loss === 0).length;
    expect(left).toBeGreaterThan(2 * easy);
  });
});
