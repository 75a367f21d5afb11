import * as v from 'valibot';
import { murmur3 } from '../../core/hashing.ts';
import { shortName, type FrequencySketch } from './frequency-sketch.ts';
import { emptyTally, type Tally } from './tally.ts';

/** Values with a cell of their own. */
const MAX_NAMES = 12;
/** A value has to be seen so often for that: what came once may be one of very many. */
const LEAST_SEEN = 2;
/** Entries of one row that are looked at. */
const MAX_ENTRIES = 64;

const MAX_BUCKETS = 16;

export const namedCellsSchema = v.strictObject({
  kind: v.picklist(['categories', 'entries']),
  names: v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(MAX_NAMES)),
  buckets: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_BUCKETS)),
});
export type NamedCellsState = v.InferOutput<typeof namedCellsSchema>;

/**
 * Cells of strings: one for each of the values that a sketch saw most, buckets by hash for the rest, one for missing values. In `categories` a row lies in one
 * cell; of `entries` it may have several, and counts once in each of their cells.
 */
export class NamedCells {
  readonly kind: 'categories' | 'entries';
  readonly names: readonly string[];
  readonly buckets: number;
  readonly #cells: ReadonlyMap<string, number>;

  private constructor({ kind, names, buckets }: NamedCellsState) {
    this.kind = kind;
    this.names = names;
    this.buckets = buckets;
    this.#cells = new Map(names.map((name, index) => [name, index]));
  }

  static of(sketch: FrequencySketch, kind: 'categories' | 'entries', buckets: number): NamedCells {
    const frequent = sketch.entries().filter(({ count }) => count >= LEAST_SEEN);
    return new NamedCells({ kind, names: frequent.slice(0, MAX_NAMES).map(({ value }) => value), buckets });
  }

  static restore(state: NamedCellsState): NamedCells {
    return new NamedCells(state);
  }

  state(): NamedCellsState {
    return { kind: this.kind, names: [...this.names], buckets: this.buckets };
  }

  /** The names, the buckets, missing. */
  get size(): number {
    return this.names.length + this.buckets + 1;
  }

  cellOf(value: string): number {
    const name = shortName(value);
    return this.#cells.get(name) ?? this.names.length + (murmur3(name) % this.buckets);
  }

  /** Counts one row. @param value one string of categories, or a list of entries @returns those that have no cell of their own */
  add(tally: Tally, value: string | readonly string[] | null): string[] {
    tally.rows++;
    if (value === null) {
      increment(tally, this.size - 1);
      return [];
    }
    const unnamed: string[] = [];
    const cells: number[] = [];
    for (const entry of typeof value === 'string' ? [value] : value.slice(0, MAX_ENTRIES)) {
      const cell = this.cellOf(entry);
      if (cell >= this.names.length) unnamed.push(entry);
      if (!cells.includes(cell)) cells.push(cell);
    }
    for (const cell of cells) increment(tally, cell);
    return unnamed;
  }

  /** What a sketch of categories has seen, in these cells; what it has not kept lies evenly in the buckets. */
  tallyOf(sketch: FrequencySketch): Tally {
    const tally = emptyTally(this.size);
    for (const { value, count } of sketch.entries()) increment(tally, this.cellOf(value), count);
    for (let i = 0; i < this.buckets; i++) increment(tally, this.names.length + i, sketch.other / this.buckets);
    increment(tally, this.size - 1, sketch.missing);
    tally.rows = sketch.count + sketch.missing;
    return tally;
  }
}

function increment({ counts }: Tally, cell: number, by = 1): void {
  counts[cell] = counts[cell]! + by;
}
