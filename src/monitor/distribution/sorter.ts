import type { ParsedValue } from '../../core/task.ts';
import type { NamedCells } from './named-cells.ts';
import type { OrderedCells } from './ordered-cells.ts';
import type { Tally } from './tally.ts';

/** The cells that values are counted in. */
export type Cells = OrderedCells | NamedCells;

/** Finds cells in the first values that it sees, and counts later ones in them. */
export interface Sorter<State = unknown> {
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
  state(): State;
}
