import { describe, expect, it } from 'vitest';
import { Impressions } from '../../src/signals/capture/impressions.ts';
import type { ItemView } from '../../src/signals/capture/item-view.ts';
import { HandTime } from './signals-fixture.ts';

/** Items of a list, all in view. */
function items(count: number): ItemView[] {
  return Array.from({ length: count }, (_, item) => {
    const view: Partial<ItemView> = { subject: { item: `${item}`, place: `list ${item}` }, seen: true, stay: 1 };
    return view as ItemView;
  });
}

function open() {
  const time = new HandTime();
  const told: string[] = [];
  /** How many were told in each task. */
  const tasks: number[] = [];
  const timers = {
    after: (ms: number, run: () => void) =>
      time.after(ms, () => {
        const before = told.length;
        run();
        tasks.push(told.length - before);
      }),
  };
  const impressions = new Impressions(
    timers,
    () => time.monotonicMs(),
    ({ subject }) => told.push(subject.item ?? ''),
  );
  return { time, told, tasks, impressions };
}

describe('impressions', () => {
  it('of a full screen are told in short tasks, one after the other', () => {
    const { time, told, tasks, impressions } = open();
    for (const view of items(100)) impressions.begin(view, time.monotonicMs());
    time.pass(999);
    expect(told).toEqual([]);
    time.pass(1);
    expect(told).toEqual(Array.from({ length: 100 }, (_, item) => `${item}`));
    expect(Math.max(...tasks)).toBeLessThanOrEqual(16);
  });

  it('come each when its own second is over', () => {
    const { time, told, impressions } = open();
    const [first, second] = items(2);
    impressions.begin(first!, time.monotonicMs());
    time.pass(400);
    impressions.begin(second!, time.monotonicMs());
    time.pass(600);
    expect(told).toEqual(['0']);
    time.pass(400);
    expect(told).toEqual(['0', '1']);
  });

  it('are none of what is out of sight by then, or went and came back', () => {
    const { time, told, impressions } = open();
    const [gone, back] = items(2);
    for (const view of [gone!, back!]) impressions.begin(view, time.monotonicMs());
    gone!.seen = false;
    back!.stay++;
    time.pass(2_000);
    expect(told).toEqual([]);
  });
});
