import { describe, expect, it } from 'vitest';
import { LearningPlan, type LearningOptions } from '../../src/versions/learning-plan.ts';

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
    low.device = { battery: 0.1, charging: false, busy: null };
    expect(low.mayLearn('arrived', 5, NOW_MS)).toBe(false);
    expect(low.mayLearn('asked', 5, NOW_MS)).toBe(true);
    low.device = { battery: 0.1, charging: true, busy: null };
    expect(low.mayLearn('arrived', 5, NOW_MS)).toBe(true);
    low.device = { battery: 0.9, charging: false, busy: true };
    expect(low.mayLearn('idle', 5, NOW_MS)).toBe(false);
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
