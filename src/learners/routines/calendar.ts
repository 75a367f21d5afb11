import type { LocalTime } from '../../core/local-time.ts';

const HOURS_OF_BLOCK = 3;
const BLOCKS = 24 / HOURS_OF_BLOCK;

/** A way to cut the week into recurring cells. */
export interface Partition {
  /** Number of its first cell, over the cells of all partitions. */
  readonly first: number;
  readonly cells: number;
  /** From 0. */
  readonly cellOf: (when: LocalTime) => number;
}

/** Time of the day on working days and at weekends, and days of the week: each tells what the other would have to learn cell by cell. */
export const PARTITIONS: readonly Partition[] = [
  {
    first: 0,
    cells: 2 * BLOCKS,
    cellOf: ({ weekday, hour }) => BLOCKS * weekend(weekday) + Math.floor(hour / HOURS_OF_BLOCK),
  },
  { first: 2 * BLOCKS, cells: 7, cellOf: ({ weekday }) => weekday },
];

/** Cells of all partitions together. */
export const CELL_COUNT = PARTITIONS.reduce((sum, { cells }) => sum + cells, 0);

function weekend(weekday: number): number {
  return weekday === 0 || weekday === 6 ? 1 : 0;
}
