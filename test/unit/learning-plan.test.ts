import { describe, expect, it } from 'vitest';
import {
  BUSY_PAUSE_MS,
  HIDDEN_AFTER_MS,
  LearningPlan,
  unknownDevice,
  type LearningOptions,
} from '../../src/versions/learning-plan.ts';

const NOW_MS = 1_700_000_000_000;
const MINUTE_MS = 60_000;
const plan = (options: Partial<LearningOptions> = {}) =>
  new LearningPlan({ when: 'arrived', every: 1, onDrift: true, minBattery: 0.15, ...options }, NOW_MS);

describe('a learning plan', () => {
  it('learns at once what arrives, when enough of it waits', () => {
    expect(plan().mayLearn('arrived', 1, NOW_MS)).toBe(true);
    expect(plan().mayLearn('arrived', 0, NOW_MS)).toBe(false);
    expect(plan({ every: 20 }).mayLearn('arrived', 19, NOW_MS)).toBe(false);
    expect(plan({ every: 20 }).mayLearn('arrived', 20, NOW_MS)).toBe(true);
    expect(plan({ every: 20 }).mayLearn('idle', 3, NOW_MS)).toBe(true);
  });

  it('waits for idle time or a call, where it is told to', () => {
    expect(plan({ when: 'idle' }).mayLearn('arrived', 9, NOW_MS)).toBe(false);
    expect(plan({ when: 'idle' }).mayLearn('idle', 9, NOW_MS)).toBe(true);
    expect(plan({ when: 'asked' }).mayLearn('idle', 9, NOW_MS)).toBe(false);
    expect(plan({ when: 'asked' }).mayLearn('asked', 0, NOW_MS)).toBe(true);
  });

  it('is started by drift and by the clock', () => {
    expect(plan({ when: 'idle' }).mayLearn('drift', 5, NOW_MS)).toBe(true);
    expect(plan({ onDrift: false }).mayLearn('drift', 5, NOW_MS)).toBe(false);
    const hourly = plan({ when: 'asked', everyMinutes: 60 });
    expect(hourly.mayLearn('schedule', 5, NOW_MS + 59 * MINUTE_MS)).toBe(false);
    expect(hourly.mayLearn('arrived', 5, NOW_MS + 60 * MINUTE_MS)).toBe(true);
    hourly.learned(10, NOW_MS + 60 * MINUTE_MS);
    expect(hourly.mayLearn('schedule', 5, NOW_MS + 61 * MINUTE_MS)).toBe(false);
  });

  it('spares a low battery and a busy device, unless it is asked', () => {
    const low = plan();
    low.hear({ ...unknownDevice, battery: 0.1, charging: false }, NOW_MS);
    expect(low.mayLearn('arrived', 5, NOW_MS)).toBe(false);
    expect(low.mayLearn('asked', 5, NOW_MS)).toBe(true);
    low.hear({ ...unknownDevice, battery: 0.1, charging: true }, NOW_MS);
    expect(low.mayLearn('arrived', 5, NOW_MS)).toBe(true);
    low.hear({ ...unknownDevice, battery: 0.1, charging: null }, NOW_MS);
    expect(low.mayLearn('arrived', 5, NOW_MS)).toBe(false);
    low.hear({ ...unknownDevice, battery: 0.9, charging: false, busy: true }, NOW_MS);
    expect(low.mayLearn('idle', 5, NOW_MS)).toBe(false);
  });

  it('learns one slice in a while where the device stays busy', () => {
    const busy = plan();
    busy.hear({ ...unknownDevice, busy: true }, NOW_MS);
    expect(busy.mayLearn('arrived', 5, NOW_MS + BUSY_PAUSE_MS - 1)).toBe(false);
    expect(busy.mayLearn('arrived', 5, NOW_MS + BUSY_PAUSE_MS)).toBe(true);
    busy.learned(8, NOW_MS + BUSY_PAUSE_MS + 8);
    expect(busy.mayGoOn('arrived', NOW_MS + BUSY_PAUSE_MS + 8)).toBe(false);
    expect(busy.mayGoOn('asked', NOW_MS + BUSY_PAUSE_MS + 8)).toBe(true);
    expect(busy.mayLearn('arrived', 5, NOW_MS + 2 * BUSY_PAUSE_MS + 8)).toBe(true);
  });

  it('stops a while after the last page was hidden, and goes on when one is shown', () => {
    const unseen = plan();
    const hidden = { ...unknownDevice, hidden: true };
    unseen.hear(hidden, NOW_MS);
    // Another word of the device does not put it off.
    unseen.hear({ ...hidden, battery: 0.8 }, NOW_MS + HIDDEN_AFTER_MS - 1);
    expect(unseen.mayLearn('arrived', 5, NOW_MS + HIDDEN_AFTER_MS - 1)).toBe(true);
    expect(unseen.mayGoOn('arrived', NOW_MS + HIDDEN_AFTER_MS)).toBe(false);
    expect(unseen.mayLearn('idle', 5, NOW_MS + HIDDEN_AFTER_MS)).toBe(false);
    expect(unseen.mayLearn('asked', 5, NOW_MS + HIDDEN_AFTER_MS)).toBe(true);
    unseen.hear({ ...hidden, hidden: false }, NOW_MS + HIDDEN_AFTER_MS + 1);
    expect(unseen.mayLearn('arrived', 5, NOW_MS + HIDDEN_AFTER_MS + 1)).toBe(true);
  });

  it('keeps within what it may use a day, and starts each day anew', () => {
    const thrifty = plan({ maxSecondsPerDay: 2 });
    thrifty.learned(1900, NOW_MS);
    expect(thrifty.mayLearn('arrived', 5, NOW_MS)).toBe(true);
    thrifty.learned(100, NOW_MS);
    expect(thrifty.mayLearn('arrived', 5, NOW_MS)).toBe(false);
    const resumed = plan({ maxSecondsPerDay: 2 });
    resumed.resume(thrifty.spent);
    expect(resumed.mayLearn('arrived', 5, NOW_MS)).toBe(false);
    expect(resumed.mayLearn('arrived', 5, NOW_MS + 24 * 60 * MINUTE_MS)).toBe(true);
  });
});
