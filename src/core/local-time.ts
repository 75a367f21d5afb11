/** When something happened by the visitor's own clock. */
export interface LocalTime {
  /** 0 is Sunday, as in `Date`. */
  readonly weekday: number;
  /** 0 to 23. */
  readonly hour: number;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
/** 1 January 1970 was a Thursday. */
const FIRST_WEEKDAY = 4;

/**
 * @param ms since 1970, UTC
 * @param aheadMinutes how far local time is ahead of UTC at that moment: `-new Date(ms).getTimezoneOffset()`
 */
export function localTime(ms: number, aheadMinutes: number): LocalTime {
  const minutes = Math.floor(ms / MINUTE_MS) + aheadMinutes;
  const days = Math.floor(minutes / DAY_MINUTES);
  return {
    weekday: (((days + FIRST_WEEKDAY) % 7) + 7) % 7,
    hour: Math.floor((minutes - days * DAY_MINUTES) / 60),
  };
}

/** In the time zone of this device. */
export function deviceTime(ms: number): LocalTime {
  return localTime(ms, -new Date(ms).getTimezoneOffset());
}
