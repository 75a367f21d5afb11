import * as v from 'valibot';

/** By how much values are out of range: in all, at least, and at most; three times 0 where none is. */
export type Excess = [number, number, number];

/** What a run of rows left in the cells of a channel; tallies of runs that follow each other add up. */
export interface Tally {
  rows: number;
  /** [cells]; the last one is for missing values. Where a row may have several entries they add up to more than `rows`. */
  readonly counts: number[];
  /** Of values below the range of ordered cells, and of those above it. */
  readonly below: Excess;
  readonly above: Excess;
}

export const MAX_CELLS = 64;

const excess = v.pipe(v.number(), v.finite(), v.minValue(0));
const outside = v.strictTuple([excess, excess, excess]);
export const tallySchema = v.strictObject({
  rows: v.pipe(v.number(), v.integer(), v.minValue(0)),
  counts: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.maxLength(MAX_CELLS)),
  below: outside,
  above: outside,
});

export function emptyTally(cells: number): Tally {
  return { rows: 0, counts: Array.from({ length: cells }, () => 0), below: [0, 0, 0], above: [0, 0, 0] };
}

export function copyTally({ rows, counts, below, above }: Tally): Tally {
  return { rows, counts: [...counts], below: [...below], above: [...above] };
}

/** Adds `from` to `into`. */
export function addTally(into: Tally, from: Tally): void {
  into.rows += from.rows;
  for (let i = 0; i < into.counts.length; i++) into.counts[i] = into.counts[i]! + from.counts[i]!;
  addExcess(into.below, from.below);
  addExcess(into.above, from.above);
}

/** One value more, or those of another run. */
export function addExcess(into: Excess, [sum, least, most]: Readonly<Excess>): void {
  if (most === 0) return;
  into[1] = into[2] === 0 ? least : Math.min(into[1], least);
  into[0] += sum;
  into[2] = Math.max(into[2], most);
}
