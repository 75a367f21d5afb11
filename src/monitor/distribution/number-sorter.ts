import * as v from 'valibot';
import type { ParsedValue } from '../../core/task.ts';
import { OrderedCells, orderedCellsSchema } from './ordered-cells.ts';
import { QuantileSketch } from './quantile-sketch.ts';
import { quantileSketchSchema } from './quantile-sketch-state.ts';
import type { Sorter } from './sorter.ts';
import type { Tally } from './tally.ts';

export const numberSorterSchema = v.strictObject({
  /** While there are no cells. */
  numbers: v.nullable(quantileSketchSchema),
  cells: v.nullable(orderedCellsSchema),
});
export type NumberSorterState = v.InferOutput<typeof numberSorterSchema>;

export class NumberSorter implements Sorter {
  readonly #of: (value: ParsedValue) => number | null;
  #numbers: QuantileSketch | null = new QuantileSketch();
  cells: OrderedCells | null = null;

  constructor(of: (value: ParsedValue) => number | null, state?: NumberSorterState) {
    this.#of = of;
    if (!state) return;
    this.#numbers = state.numbers && QuantileSketch.restore(state.numbers);
    this.cells = state.cells && OrderedCells.restore(state.cells);
  }

  learn(value: ParsedValue): void {
    this.#numbers?.update(this.#of(value));
  }

  settle(): void {
    this.cells = OrderedCells.of(this.#numbers ?? new QuantileSketch());
    this.#numbers = null;
  }

  add(tally: Tally, value: ParsedValue): void {
    this.cells?.add(tally, this.#of(value));
  }

  nameOf(cell: number): string {
    return `range ${cell}`;
  }

  forgetNewcomers(): void {
    // What is out of range is in the tallies.
  }

  state(): NumberSorterState {
    return { numbers: this.#numbers && this.#numbers.state(), cells: this.cells && this.cells.state() };
  }
}
