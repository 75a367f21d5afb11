import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { Contexts } from '../../src/memory/long-term/contexts.ts';
import { contrast, largestByChance, mergeCells, type RateTable } from '../../src/memory/long-term/merge-cells.ts';
import { timeCell } from '../../src/memory/long-term/time-cells.ts';
import type { StoredExperience } from '../../src/memory/records.ts';
import { DAY_MS, episode, HOUR_MS, labelled, ranked, SUNDAY_MS, utc } from './long-term-fixture.ts';

const WEEKS = 12;
const topics = ['news', 'games', 'recipes', 'sport'];

const isMorning = (atMs: number): boolean => {
  const { weekday, hour } = utc(atMs);
  return weekday >= 1 && weekday <= 5 && hour < 12;
};
const visitTimes = (): number[] =>
  Array.from({ length: WEEKS * 7 }, (_, day) =>
    [9, 10, 14, 21, 22].map((hour) => SUNDAY_MS + day * DAY_MS + hour * HOUR_MS),
  ).flat();

/** @param liked chance that a topic is liked at a time */
function visits(rng: Rng, liked: (topic: string, atMs: number) => number): StoredExperience[] {
  const shown = visitTimes().flatMap((atMs) => topics.map((topic) => ({ topic, atMs })));
  return shown.map(({ topic, atMs }, index) => {
    const candidate = { topic, size: rng.nextInt(2) === 0 ? 's' : 'l' };
    return ranked(index + 1, `item-${rng.nextInt(20)}`, {
      candidate,
      atMs,
      reward: rng.nextFloat() < liked(topic, atMs) ? 1 : 0,
    });
  });
}

function learned(log: readonly StoredExperience[], contexts = new Contexts(utc)): Contexts {
  const rng = Rng.fromSeed(1);
  for (const experience of log) contexts.add(episode(experience), 1, rng);
  return contexts;
}

const end = SUNDAY_MS + WEEKS * 7 * DAY_MS;
const byTime = (topic: string, atMs: number): number => {
  if (topic === 'news') return isMorning(atMs) ? 0.7 : 0.1;
  return topic === 'games' ? (isMorning(atMs) ? 0.1 : 0.6) : 0.2;
};

describe('recurring contexts', () => {
  it('are told apart where the visitor is after something else: weekday mornings are not the rest', () => {
    const contexts = learned(visits(Rng.fromSeed(3), byTime));
    const found = contexts.workOut(end);
    expect(found).toHaveLength(2);
    const mornings = found.find(({ value }) => value.cells.includes(timeCell(1, 9)));
    expect(mornings?.value.cells).toEqual([1, 2, 3, 4, 5].map((weekday) => timeCell(weekday, 9)));
    expect(mornings?.value.by).toBe('topic');
    expect(mornings?.value.tastes[0]).toMatchObject({ value: 'news' });
    expect(mornings?.value.tastes.at(-1)).toMatchObject({ value: 'games' });
    expect(mornings?.sources.count).toBe(WEEKS * 5 * 2 * topics.length);
    expect(contexts.keyAt(SUNDAY_MS + 3 * DAY_MS + 9 * HOUR_MS)).toBe(`context-${mornings?.slot}`);
    expect(contexts.keyAt(SUNDAY_MS + 3 * DAY_MS + 21 * HOUR_MS)).not.toBe(
      contexts.keyAt(SUNDAY_MS + 3 * DAY_MS + 9 * HOUR_MS),
    );
    expect(contexts.keyAt(SUNDAY_MS + 2 * HOUR_MS)).toBeNull();
  });

  it('are not seen where there are none', () => {
    const uniform = (topic: string): number => (topic === 'news' ? 0.5 : 0.1);
    const wrong = Array.from(
      { length: 100 },
      (_, seed) => learned(visits(Rng.fromSeed(seed), uniform)).workOut(end).length,
    );
    expect(wrong.filter((count) => count > 0)).toEqual([]);
  });

  it('are told apart by labels too', () => {
    const rng = Rng.fromSeed(6);
    const log = visitTimes().map((atMs, index) => {
      const common = rng.nextFloat() < 0.2;
      return labelled(index + 1, common ? 'other' : isMorning(atMs) ? 'work' : 'home', {}, atMs);
    });
    const found = learned(log).workOut(end);
    expect(found).toHaveLength(2);
    expect(found.map(({ value }) => value.by)).toEqual(['label', 'label']);
    expect(found.map(({ value }) => value.tastes[0]?.value).sort()).toEqual(['home', 'work']);
  });

  it('keep their names while they stay', () => {
    const log = visits(Rng.fromSeed(3), byTime);
    const contexts = learned(log.slice(0, 1200));
    const before = contexts.workOut(end);
    learned(log.slice(1200), contexts);
    const after = contexts.workOut(end);
    const slotOf = (found: typeof before) => found.find(({ value }) => value.cells.includes(timeCell(2, 9)))?.slot;
    expect(before).toHaveLength(2);
    expect(slotOf(after)).toBe(slotOf(before));
  });

  it('say nothing of too little, and take back what they were given', () => {
    const contexts = learned(visits(Rng.fromSeed(3), byTime).slice(0, 100));
    expect(contexts.workOut(end)).toEqual([]);
    const log = visits(Rng.fromSeed(3), byTime);
    const emptied = learned(log);
    const rng = Rng.fromSeed(1);
    for (const experience of log) emptied.add(episode(experience), -1, rng);
    expect(emptied.workOut(end)).toEqual([]);
    expect(Math.max(...emptied.state().totals)).toBeLessThan(1e-6);
  });
});

describe('merging of cells', () => {
  const cell = (index: number, liked: readonly number[]): RateTable => ({
    cells: [index],
    seen: liked.map(() => 100),
    liked,
  });

  it('measures a contrast as squared standardised differences', () => {
    const [one, other] = [cell(0, [60, 30]), cell(1, [40, 30])];
    expect(contrast(one, other, [0.5, 0.3])).toBeCloseTo(0.2 ** 2 / (0.25 * 0.02), 9);
  });

  it('knows the largest contrast of chance', () => {
    const rng = Rng.fromSeed(11);
    let exceeded = 0;
    for (let run = 0; run < 100; run++) {
      const tables = Array.from({ length: 20 }, (_, index) =>
        cell(
          index,
          [0.5, 0.2, 0.3, 0.4].map(
            (rate) => Array.from({ length: 100 }, () => rng.nextFloat() < rate).filter(Boolean).length,
          ),
        ),
      );
      if (mergeCells(tables).groups.length > 1) exceeded++;
    }
    expect(exceeded).toBeLessThanOrEqual(1);
    expect(largestByChance(20, 4)).toBeGreaterThan(40);
    expect(largestByChance(20, 4)).toBeLessThan(70);
  });

  it('ends with one group for each taste', () => {
    const tastes = [
      [80, 10, 10],
      [10, 80, 10],
      [10, 10, 80],
    ];
    const tables = Array.from({ length: 30 }, (_, index) =>
      cell(
        index,
        (tastes[index % 3] ?? []).map((liked, k) => liked + ((index * (k + 3)) % 5)),
      ),
    );
    const { groups, excess } = mergeCells(tables);
    expect(groups.map(({ cells }) => cells)).toEqual(
      [0, 1, 2].map((rest) => Array.from({ length: 10 }, (_, index) => 3 * index + rest)),
    );
    expect(excess).toBeGreaterThan(0);
    expect(mergeCells([]).groups).toEqual([]);
    expect(mergeCells(tables.slice(0, 1))).toMatchObject({ excess: 0, groups: [{ cells: [0] }] });
  });
});
