/** Hours of a cell. */
const HOURS = 4;
export const CELLS_A_DAY = 24 / HOURS;

/** Cells of a week. */
export const TIME_CELLS = 7 * CELLS_A_DAY;

/** @param weekday 0 is Sunday, as in `Date.getDay` @param hour 0 to 23, as in `Date.getHours` */
export function timeCell(weekday: number, hour: number): number {
  return CELLS_A_DAY * weekday + Math.floor(hour / HOURS);
}
