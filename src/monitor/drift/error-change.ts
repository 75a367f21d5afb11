import type { Json, PartState } from '../../core/part-state.ts';
import { readCount, readNumber } from '../../core/read-state.ts';

/** What a change is estimated to be. */
export interface ErrorChange {
  /** Mean error before and after it, in [0, 1]. */
  readonly before: number;
  readonly after: number;
  /** Values since it happened, the last one included; approximate where they are many. */
  readonly values: number;
}

export function changeValues(change: ErrorChange | null): Record<string, Json> {
  if (!change) return { 'change.values': 0 };
  return { 'change.before': change.before, 'change.after': change.after, 'change.values': change.values };
}

/** @throws CHECKPOINT_CORRUPT */
export function readChange(state: PartState): ErrorChange | null {
  const values = readCount(state, 'change.values', 0, Number.MAX_SAFE_INTEGER);
  if (values === 0) return null;
  return { before: readNumber(state, 'change.before', 0, 1), after: readNumber(state, 'change.after', 0, 1), values };
}
