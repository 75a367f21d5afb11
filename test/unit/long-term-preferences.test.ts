import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { Preferences } from '../../src/memory/long-term/preferences.ts';
import type { StoredExperience } from '../../src/memory/records.ts';
import { DAY_MS, episode, ranked, SUNDAY_MS } from './long-term-fixture.ts';

function learned(log: readonly StoredExperience[]): Preferences {
  const preferences = new Preferences();
  const rng = Rng.fromSeed(1);
  for (const experience of log) preferences.add(episode(experience), 1, rng);
  return preferences;
}

const valueOf = (preferences: Preferences, key: string) => {
  const found = preferences.strongest(10_000, 0).find((one) => one.key === key);
  if (!found) throw new Error(`no preference ${key}`);
  return found.value;
};

describe('preferences', () => {
  it('are kept for items, values of features and numbers, with the episodes that they come from', () => {
    const candidate = { topic: 'css', tags: ['a', 'b'], price: 3, vector: [1, 2], text: 'x'.repeat(200), none: null };
    const found = learned([ranked(4, 'i', { candidate }), ranked(9, 'i', { candidate })]).strongest(99, 0);
    expect(found.map(({ key }) => key).sort()).toEqual([
      'feature:tags=a',
      'feature:tags=b',
      'feature:topic=css',
      'item:i',
      'number:price',
    ]);
    for (const { sources } of found) expect(sources).toEqual({ from: 4, to: 9, count: 2, positions: [4, 9] });
  });

  it('forget by half-lives side by side: what was liked last week, and what always was', () => {
    const before = Array.from({ length: 50 }, (_, index) => ranked(index + 1, 'old', { reward: 1 }));
    const since = Array.from({ length: 10 }, (_, index) =>
      ranked(index + 51, 'old', { reward: 0, atMs: SUNDAY_MS + 35 * DAY_MS }),
    );
    const [week, quarter] = valueOf(learned([...before, ...since]), 'item:old').halfLives;
    expect(week?.days).toBe(7);
    expect(week?.weight).toBeCloseTo(50 * 2 ** -5 + 10, 9);
    expect(quarter?.weight).toBeCloseTo(50 * 2 ** (-35 / 90) + 10, 9);
    expect(week?.reward).toBeLessThan(0.2);
    expect(quarter?.reward).toBeGreaterThan(0.7);
  });

  it('are pulled towards everything where there is little, and say by how much they differ from it', () => {
    const rest = Array.from({ length: 90 }, (_, index) => ranked(index + 10, `other-${index % 9}`, { reward: 0 }));
    const preferences = learned([...Array.from({ length: 10 }, (_, index) => ranked(index + 1, 'liked')), ...rest]);
    const [, { reward, lift } = { reward: NaN, lift: NaN }] = valueOf(preferences, 'item:liked').halfLives;
    expect(reward).toBeCloseTo((10 + 5 * 0.1) / 15, 9);
    expect(lift).toBeCloseTo(reward - 0.1, 9);
    expect(valueOf(preferences, 'item:other-1').halfLives[1]?.lift).toBeLessThan(0);
    expect(preferences.expected('liked')).toBeCloseTo(reward, 9);
    expect(preferences.expected('never seen')).toBeCloseTo(0.1, 9);
  });

  it('say of a number where it is liked', () => {
    const log = Array.from({ length: 100 }, (_, index) =>
      ranked(index + 1, 'i', { candidate: { price: index }, reward: index >= 80 ? 1 : 0 }),
    );
    const [, statistics] = valueOf(learned(log), 'number:price').halfLives;
    expect(statistics?.number?.mean).toBeCloseTo(49.5, 6);
    expect(statistics?.number?.deviation).toBeCloseTo(28.866, 2);
    expect(statistics?.number?.likedMean).toBeCloseTo(89.5, 6);
  });

  it('do not hang on the order in which episodes come, and take back what they were given', () => {
    const rng = Rng.fromSeed(5);
    const log = Array.from({ length: 60 }, (_, index) =>
      ranked(index + 1, `i${index % 4}`, { reward: rng.nextFloat(), atMs: SUNDAY_MS + rng.nextInt(100 * DAY_MS) }),
    );
    const forward = learned(log);
    const backward = learned(log.toReversed());
    const mistake = ranked(99, 'i1', { reward: 0.7, atMs: SUNDAY_MS + 30 * DAY_MS });
    backward.add(episode(mistake), 1, rng);
    backward.add(episode(mistake), -1, rng);
    for (const key of ['item:i0', 'item:i1', 'item:i2', 'item:i3']) {
      valueOf(forward, key).halfLives.forEach(({ weight, reward }, h) => {
        const other = valueOf(backward, key).halfLives[h];
        expect(other?.weight).toBeCloseTo(weight, 6);
        expect(other?.reward).toBeCloseTo(reward, 6);
      });
    }
  });

  it('follow a bounded number of keys, those with evidence', () => {
    const log = Array.from({ length: 20_000 }, (_, index) =>
      ranked(index + 1, index % 4 === 0 ? 'often' : `once-${index}`),
    );
    const preferences = learned(log);
    expect(preferences.state().entries.length).toBeLessThanOrEqual(1536);
    expect(preferences.dropped).toBeGreaterThan(13_000);
    expect(valueOf(preferences, 'item:often').halfLives[1]?.weight).toBeCloseTo(5000, 6);
  });
});
