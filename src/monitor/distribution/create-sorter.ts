import * as v from 'valibot';
import { corrupt } from '../../core/read-state.ts';
import type { Measure } from './measures.ts';
import { NameSorter, nameSorterSchema, type NameSorterState } from './name-sorter.ts';
import { NumberSorter, numberSorterSchema, type NumberSorterState } from './number-sorter.ts';
import type { Sorter } from './sorter.ts';

export const sorterSchema = v.union([numberSorterSchema, nameSorterSchema]);
export type SorterState = NumberSorterState | NameSorterState;

/** @param state that was parsed with {@link sorterSchema} @throws CHECKPOINT_CORRUPT for the state of another kind */
export function createSorter(measure: Measure, state?: SorterState): Sorter<SorterState> {
  if (measure.kind === 'ordered') {
    if (state && !('numbers' in state)) throw corrupt(`cells of ${measure.aspect} are of another kind`);
    return new NumberSorter(measure.of, state);
  }
  if (state && !('values' in state)) throw corrupt(`cells of ${measure.aspect} are of another kind`);
  return new NameSorter(measure, state);
}
