import * as v from 'valibot';
import type { ParsedValue } from '../../core/task.ts';
import { corrupt } from '../../core/read-state.ts';
import type { Measure } from './measures.ts';
import type { NamedCells } from './named-cells.ts';
import { NameSorter, nameSorterSchema, type NameSorterState } from './name-sorter.ts';
import { NumberSorter, numberSorterSchema, type NumberSorterState } from './number-sorter.ts';
import type { OrderedCells } from './ordered-cells.ts';
import type { Tally } from './tally.ts';

/** The cells that values are counted in. */
export type Cells = OrderedCells | NamedCells;

/** Finds cells in the first values that it sees, and counts later ones in them. */
export interface Sorter {
  /** Null until {@link settle}. */
  readonly cells: Cells | null;
  /** Takes in a value of which cells will be made. */
  learn(value: ParsedValue): void;
  /** Makes the cells, of which there are none yet. */
  settle(): void;
  /** Counts a row. Only where there are cells. */
  add(tally: Tally, value: ParsedValue): void;
  /** What a cell holds, in words. */
  nameOf(cell: number): string;
  /** Begins to look anew for values without a cell of their own. */
  forgetNewcomers(): void;
  /** Plain JSON. */
  state(): SorterState;
}

export const sorterSchema = v.union([numberSorterSchema, nameSorterSchema]);
export type SorterState = NumberSorterState | NameSorterState;

/** @param state that was parsed with {@link sorterSchema} @throws CHECKPOINT_CORRUPT for the state of another kind */
export function createSorter(measure: Measure, state?: SorterState): Sorter {
  if (measure.kind === 'ordered') {
    if (state && !('numbers' in state)) throw corrupt(`cells of ${measure.aspect} are of another kind`);
    return new NumberSorter(measure.of, state);
  }
  if (state && !('values' in state)) throw corrupt(`cells of ${measure.aspect} are of another kind`);
  return new NameSorter(measure, state);
}
