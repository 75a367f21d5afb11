import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpointsToDrop } from '../../src/memory/checkpoint-retention.ts';

interface Kept {
  readonly generation: number;
  readonly learnedTo: number;
}

/** What is left when checkpoints are stored one after the other. */
function storedAfter(learnedTos: readonly number[], keep = 3): Kept[] {
  let kept: Kept[] = [];
  for (const [index, learnedTo] of learnedTos.entries()) {
    kept = [...kept, { generation: index + 1, learnedTo }];
    const dropped = new Set(checkpointsToDrop(kept, keep));
    kept = kept.filter(({ generation }) => !dropped.has(generation));
  }
  return kept;
}

describe('which checkpoints are kept', () => {
  it('drops nothing before there are eight', () => {
    expect(storedAfter([1, 2, 3, 4, 5, 6, 7, 8]).map(({ generation }) => generation)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(checkpointsToDrop([], 3)).toEqual([]);
  });

  it('keeps the newest, the first, and at most eight, whatever was learned in between', () => {
    const steps = fc.array(fc.nat(10_000), { minLength: 9, maxLength: 60 });
    fc.assert(
      fc.property(steps, (lengths) => {
        let learnedTo = 0;
        const kept = storedAfter(lengths.map((length) => (learnedTo += length)));
        const generations = kept.map(({ generation }) => generation);
        const count = lengths.length;
        expect(generations).toHaveLength(8);
        expect(generations.slice(-3)).toEqual([count - 2, count - 1, count]);
        expect(new Set(generations).size).toBe(8);
      }),
    );
  });

  it('spaces the older ones so that going back costs little more than it must', () => {
    const every = 500;
    for (const count of [100, 1000, 2000]) {
      const kept = storedAfter(Array.from({ length: count }, (_, index) => every * (index + 1)));
      expect(kept[0]?.generation).toBe(1);
      const newest = every * count;
      const ages = kept.map(({ learnedTo }) => newest - learnedTo).reverse();
      // Five steps from the last of the newest (1,000 back) to the first, each about the same factor.
      const factor = ((count - 1) / 2) ** (1 / 5);
      for (const [index, age] of ages.entries()) {
        const before = ages[index - 1] ?? 0;
        if (index > 2) expect(age / before, `${count}: ${ages.join(', ')}`).toBeLessThan(2.5 * factor);
      }
    }
  });

  it('drops one that says the same as another first', () => {
    const kept = [1, 10, 20, 20, 40, 60, 90, 91, 92].map((learnedTo, index) => ({ generation: index + 1, learnedTo }));
    const dropped = checkpointsToDrop(kept, 3);
    expect(dropped).toHaveLength(1);
    expect([3, 4]).toContain(dropped[0]);
  });

  it('comes with a list in any order, and with more than one too many', () => {
    const kept = Array.from({ length: 20 }, (_, index) => ({ generation: index + 1, learnedTo: 10 * index }));
    const dropped = checkpointsToDrop(kept, 3);
    expect(dropped).toHaveLength(12);
    expect(checkpointsToDrop([...kept].reverse(), 3)).toEqual(dropped);
    expect(dropped.every((generation) => generation > 1 && generation < 18)).toBe(true);
  });
});
