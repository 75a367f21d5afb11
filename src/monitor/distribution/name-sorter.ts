import * as v from 'valibot';
import type { ParsedValue } from '../../core/task.ts';
import { FrequencySketch, frequencySketchSchema } from './frequency-sketch.ts';
import type { Measure } from './measures.ts';
import { NamedCells, namedCellsSchema } from './named-cells.ts';
import type { Sorter } from './sorter.ts';
import type { Tally } from './tally.ts';

const PILOT_VALUES = 64;
const NEWCOMERS = 8;
/** Buckets of what has no name: there are always more entries. */
const BUCKETS = { categories: 4, entries: 12 } as const;

export const nameSorterSchema = v.strictObject({
  /** While there are no cells, all values; then those without a cell of their own. */
  values: frequencySketchSchema,
  cells: v.nullable(namedCellsSchema),
});
export type NameSorterState = v.InferOutput<typeof nameSorterSchema>;

export class NameSorter implements Sorter {
  readonly #measure: Exclude<Measure, { kind: 'ordered' }>;
  #values: FrequencySketch;
  cells: NamedCells | null = null;

  constructor(measure: Exclude<Measure, { kind: 'ordered' }>, state?: NameSorterState) {
    this.#measure = measure;
    this.#values = state ? FrequencySketch.restore(state.values) : new FrequencySketch(PILOT_VALUES);
    this.cells = state?.cells ? NamedCells.restore(state.cells) : null;
  }

  learn(value: ParsedValue): void {
    for (const each of listOf(this.#measure.of(value))) this.#values.update(each);
  }

  settle(): void {
    this.cells = NamedCells.of(this.#values, this.#measure.kind, BUCKETS[this.#measure.kind]);
    this.forgetNewcomers();
  }

  add(tally: Tally, value: ParsedValue): void {
    const newcomers = this.cells?.add(tally, this.#measure.of(value)) ?? [];
    for (const newcomer of newcomers) this.#values.update(newcomer);
  }

  /** A bucket is named after the newcomer in it that is seen most. */
  nameOf(cell: number): string {
    if (!this.cells || cell >= this.cells.size - 1) return 'missing';
    const name = this.cells.names[cell];
    if (name !== undefined) return name;
    const newcomer = this.#values.entries().find(({ value }) => this.cells?.cellOf(value) === cell);
    return newcomer ? `${newcomer.value} and others` : 'others';
  }

  forgetNewcomers(): void {
    this.#values = new FrequencySketch(NEWCOMERS);
  }

  state(): NameSorterState {
    return { values: this.#values.state(), cells: this.cells && this.cells.state() };
  }
}

function listOf(value: string | readonly string[] | null): readonly (string | null)[] {
  return typeof value === 'string' || value === null ? [value] : value;
}
