import { listed } from '../words.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
/** Cells of four hours: 6 · weekday + hour / 4. */
const CELLS_A_DAY = 6;
const HOURS = 4;

/** Days with the same hours together: `Saturday and Sunday 20–24`. */
export function weekTimes(cells: readonly number[]): string {
  const hoursOf = new Map<number, string[]>();
  for (const cell of [...cells].sort((a, b) => a - b)) {
    const [day, from] = [Math.floor(cell / CELLS_A_DAY), (cell % CELLS_A_DAY) * HOURS];
    hoursOf.set(day, [...(hoursOf.get(day) ?? []), `${from}–${from + HOURS}`]);
  }
  const daysOf = new Map<string, string[]>();
  for (const [day, hours] of hoursOf) {
    const key = hours.length === CELLS_A_DAY ? 'all day' : listed(hours);
    daysOf.set(key, [...(daysOf.get(key) ?? []), DAYS[day] ?? '']);
  }
  return [...daysOf]
    .map(([hours, days]) => `${days.length === DAYS.length ? 'Every day' : listed(days)} ${hours}`)
    .join('; ');
}
