import { describe, expect, it } from 'vitest';
import { localTime } from '../../src/core/local-time.ts';

const HOUR = 3_600_000;

describe('local time', () => {
  it('is that of Date in UTC, before and after 1970', () => {
    for (let ms = -40 * 24 * HOUR; ms < 40 * 24 * HOUR; ms += 5 * HOUR + 1234) {
      const date = new Date(ms);
      expect(localTime(ms, 0)).toEqual({ weekday: date.getUTCDay(), hour: date.getUTCHours() });
    }
  });

  it('follows the offset over the end of a day and of a week', () => {
    // Saturday, 23:30 UTC.
    const ms = Date.UTC(2026, 0, 3, 23, 30);
    expect(localTime(ms, 0)).toEqual({ weekday: 6, hour: 23 });
    expect(localTime(ms, 60)).toEqual({ weekday: 0, hour: 0 });
    expect(localTime(ms, -330)).toEqual({ weekday: 6, hour: 18 });
    expect(localTime(ms, -24 * 60)).toEqual({ weekday: 5, hour: 23 });
    expect(localTime(ms, 345)).toEqual({ weekday: 0, hour: 5 });
  });
});
