import * as v from 'valibot';
import { equalShares } from './equal-shares.ts';
import type { Piece } from './pieces.ts';
import { shortest, type QuantileSketch } from './quantile-sketch.ts';
import { addExcess, emptyTally, type Excess, type Tally } from './tally.ts';

/** Enough that the largest difference of two distribution functions is hardly smaller at the borders than anywhere. */
const INNER_CELLS = 16;

const finite = v.pipe(v.number(), v.finite());
const bounds = v.pipe(v.array(finite), v.maxLength(INNER_CELLS));
export const orderedCellsSchema = v.pipe(
  v.strictObject({ kind: v.literal('ordered'), lows: bounds, highs: bounds }),
  v.check(({ lows, highs }) => areOrdered(lows, highs), 'cells are not in order'),
);
export type OrderedCellsState = v.InferOutput<typeof orderedCellsSchema>;

/**
 * Cells of a number: ranges that hold about equal shares of what a sketch has seen, a value that is frequent having one of its own; then one below and
 * one above all that, and one for missing values. Counting is exact from there on: the sketch's error only moves the borders.
 */
export class OrderedCells {
  readonly kind = 'ordered';
  /** Least value of each inner cell; a cell ends where the next begins. */
  readonly #lows: readonly number[];
  /** Largest value that the sketch had in the cell. */
  readonly #highs: readonly number[];

  private constructor(lows: readonly number[], highs: readonly number[]) {
    this.#lows = lows;
    this.#highs = highs;
  }

  /** @param sketch may be empty: then all values are above */
  static of(sketch: QuantileSketch): OrderedCells {
    const [lows, highs] = equalShares(sketch.weighted(), INNER_CELLS);
    if (lows.length > 0) {
      lows[0] = sketch.min;
      highs[highs.length - 1] = sketch.max;
    }
    return new OrderedCells(lows, highs);
  }

  static restore({ lows, highs }: OrderedCellsState): OrderedCells {
    return new OrderedCells(lows.map(Math.fround), highs.map(Math.fround));
  }

  state(): OrderedCellsState {
    return { kind: this.kind, lows: this.#lows.map(shortest), highs: this.#highs.map(shortest) };
  }

  get #least(): number {
    return this.#lows[0] ?? 0;
  }

  get #most(): number {
    return this.#highs.at(-1) ?? 0;
  }

  /** Below, the inner cells, above, missing. */
  get size(): number {
    return this.#lows.length + 3;
  }

  /** Length of the whole range. */
  get range(): number {
    return this.#most - this.#least;
  }

  /** Counts one row. */
  add(tally: Tally, value: number | null): void {
    tally.rows++;
    const cell = value === null ? this.size - 1 : this.#cellOf(Math.fround(value));
    tally.counts[cell] = tally.counts[cell]! + 1;
    if (value === null || this.#lows.length === 0) return;
    if (cell === 0) exceed(tally.below, this.#least - value);
    else if (cell === this.size - 2) exceed(tally.above, value - this.#most);
  }

  /** What a sketch has seen, in these cells. */
  tallyOf(sketch: QuantileSketch): Tally {
    const tally = emptyTally(this.size);
    const { values, cumulative } = sketch.weighted();
    values.forEach((value, i) => {
      const cell = this.#cellOf(value);
      tally.counts[cell] = tally.counts[cell]! + cumulative[i]! - (cumulative[i - 1] ?? 0);
    });
    tally.counts[this.size - 1] = sketch.missing;
    tally.rows = sketch.count + sketch.missing;
    return tally;
  }

  /** The distribution of what was counted, as if spread evenly in each cell. */
  pieces({ counts, below, above }: Tally): Piece[] {
    const pieces = this.#lows.map((low, i): Piece => ({ from: low, to: this.#highs[i]!, weight: counts[i + 1]! }));
    const [first, last] = [this.#least, this.#most];
    return [
      ...outer(first, -1, counts[0]!, below).reverse(),
      ...pieces,
      ...outer(last, 1, counts[this.size - 2]!, above),
    ];
  }

  #cellOf(value: number): number {
    if (this.#lows.length === 0 || value > this.#most) return this.size - 2;
    let [low, high] = [0, this.#lows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#lows[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function exceed(excess: Excess, by: number): void {
  addExcess(excess, [by, by, by]);
}

/** Half of what is outside lies nearer than its mean, half further off. @param sign 1 above, -1 below @returns the nearer piece first */
function outer(edge: number, sign: 1 | -1, count: number, [sum, least, most]: Readonly<Excess>): Piece[] {
  if (count === 0) return [];
  const at = (distance: number): number => edge + sign * distance;
  const piece = (a: number, b: number): Piece => ({ from: Math.min(a, b), to: Math.max(a, b), weight: count / 2 });
  return [piece(at(least), at(sum / count)), piece(at(sum / count), at(most))];
}

function areOrdered(lows: readonly number[], highs: readonly number[]): boolean {
  if (lows.length !== highs.length) return false;
  return lows.every((low, i) => low <= highs[i]! && (i === 0 || highs[i - 1]! < low));
}
