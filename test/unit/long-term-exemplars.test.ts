import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { Exemplars } from '../../src/memory/long-term/exemplars.ts';
import { episode, labelled, ranked } from './long-term-fixture.ts';

const counted = (values: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

describe('exemplars', () => {
  it('are balanced over classes and contexts, however rare these are', () => {
    const rng = Rng.fromSeed(7);
    const exemplars = new Exemplars(60);
    for (let position = 1; position <= 20_000; position++) {
      const label = position % 100 === 0 ? 'rare' : position % 10 === 0 ? 'some' : 'common';
      exemplars.add(episode(labelled(position, label)), 0, rng.nextFloat() < 0.05 ? 'context-1' : 'context-0', rng);
    }
    const counts = counted(exemplars.changed().map(({ value }) => `${value?.label} ${value?.context}`));
    expect(Object.keys(counts)).toHaveLength(6);
    for (const count of Object.values(counts)) expect(Math.abs(count - 10)).toBeLessThanOrEqual(1);
    expect(exemplars.kept).toBe(60);
    expect(exemplars.dropped).toBe(19_940);
  });

  it('come from all of the time, not only from its end', () => {
    const rng = Rng.fromSeed(7);
    const exemplars = new Exemplars(100);
    for (let position = 1; position <= 5000; position++) exemplars.add(episode(labelled(position, 'a')), 0, null, rng);
    const positions = exemplars.changed().map(({ position }) => position);
    const mean = positions.reduce((sum, position) => sum + position, 0) / positions.length;
    expect(mean).toBeGreaterThan(2000);
    expect(mean).toBeLessThan(3000);
  });

  it('keep rather what the visitor said than what was seen', () => {
    const rng = Rng.fromSeed(7);
    const exemplars = new Exemplars(100);
    for (let position = 1; position <= 3000; position++) {
      const said = position % 10 === 0 ? { satisfaction: 1 } : {};
      exemplars.add(episode(ranked(position, 'i', said)), 0, null, rng);
    }
    const said = exemplars
      .changed()
      .filter(({ value }) => value?.payload.kind === 'ranking' && value.payload.satisfaction === 1);
    expect(said.length).toBeGreaterThan(15);
  });

  it('are given once, with the whole episode, and again when it has changed', () => {
    const rng = Rng.fromSeed(7);
    const exemplars = new Exemplars(5);
    const first = ranked(1, 'i', { reward: 0 });
    exemplars.add(episode(first), 0, 'context-2', rng);
    const { experienceId, observedAtMs, payload } = first;
    const value = { experienceId, observedAtMs, payload, label: 'passed', context: 'context-2' };
    expect(exemplars.changed()).toEqual([{ slot: 0, position: 1, value }]);
    expect(exemplars.changed()).toEqual([]);
    exemplars.revise(1, episode(ranked(2, 'i', { reward: 1 })));
    expect(exemplars.changed()).toMatchObject([
      { slot: 0, position: 2, value: { label: 'liked', context: 'context-2' } },
    ]);
    exemplars.revise(2, null);
    expect(exemplars.changed()).toEqual([{ slot: 0, position: 0, value: null }]);
    exemplars.add(episode(ranked(3, 'i')), 0, null, rng);
    expect(exemplars.changed()).toMatchObject([{ slot: 0, position: 3 }]);
    exemplars.revise(77, null);
    expect(exemplars.kept).toBe(1);
  });
});
