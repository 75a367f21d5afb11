import { describe, expect, it } from 'vitest';
import { CALENDAR_VISITORS, SPELL_VISITORS } from '../../bench/memory/routines.ts';
import { liveWithModel, liveWithObserver } from '../../bench/memory/routine-players.ts';
import { DAYS, lookAt, visitorDecisions } from '../../bench/memory/routine-visitors.ts';
import { Rng } from '../../src/core/rng.ts';

const [evenings, weekends] = CALENDAR_VISITORS;
const [projects] = SPELL_VISITORS;

describe('a simulated visitor', () => {
  it('is the same for the same seed, and another for another', () => {
    const all = (seed: number) => [...visitorDecisions(evenings!, seed)];
    expect(all(1)).toEqual(all(1));
    expect(all(1)).not.toEqual(all(2));
    expect(all(1)).toHaveLength(DAYS * evenings!.decisionsPerDay);
  });

  it('is in the routine that its calendar says', () => {
    for (const { when, routine } of visitorDecisions(evenings!, 3)) expect(routine).toBe(when.hour >= 17 ? 1 : 0);
    for (const { when, routine } of visitorDecisions(weekends!, 3))
      expect(routine).toBe(when.weekday === 0 || when.weekday === 6 ? 1 : 0);
  });

  it('stays in a spell for whole days, as long as declared', () => {
    const days = new Map<number, Set<number>>();
    for (const { day, routine } of visitorDecisions(projects!, 4))
      days.set(day, (days.get(day) ?? new Set()).add(routine));
    const routines = [...days.values()].map((set) => [...set]);
    expect(routines.every((set) => set.length === 1)).toBe(true);
    const switches = routines.flatMap(([routine], day) => (day > 0 && routine !== routines[day - 1]![0] ? [day] : []));
    switches.slice(1).forEach((day, index) => expect([3, 4]).toContain(day - switches[index]!));
  });

  it('clicks the first that pleases it, and looks no further', () => {
    const chances = [0, 1, 1, 0];
    expect(lookAt([0, 3, 2, 1], chances, Rng.fromSeed(1))).toEqual({ passed: [0, 3], clicked: 2 });
    expect(lookAt([3, 0], chances, Rng.fromSeed(1))).toEqual({ passed: [3], clicked: null });
  });

  it('is served better by the end, and best by one that knows it', async () => {
    const share = (lived: readonly { share: number }[]) =>
      lived.reduce((sum, one) => sum + one.share, 0) / lived.length;
    const lived = await liveWithModel(evenings!, 5, { memory: 'on', timed: true });
    expect(share(lived.slice(-100))).toBeGreaterThan(share(lived.slice(0, 100)));
    const off = await liveWithModel(projects!, 5, { memory: 'off', timed: false });
    expect(share(await liveWithObserver(projects!, 5))).toBeGreaterThan(share(off));
  });
});
