import type { PartState } from '../core/part-state.ts';

/** State of a rehearsal strategy without its examples: those are found again by their keys, the log positions. */
export interface ReplayState {
  readonly keys: readonly number[];
  /** Whatever else it needs to go on exactly: counts, stored outputs, random numbers. */
  readonly part: PartState;
}
