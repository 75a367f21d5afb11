import type { Json, PartState } from '../../core/part-state.ts';
import { readCount, readNumber } from '../../core/read-state.ts';
import type { ValueRange } from './drift-detector.ts';

/** Count and mean; plain data. */
export interface RunningMean {
  readonly count: number;
  readonly mean: number;
}

export const EMPTY_MEAN: RunningMean = { count: 0, mean: 0 };

/** In the order of River's `stats.Mean`, because the detectors' golden figures depend on the last bit. */
export function withValue({ count, mean }: RunningMean, value: number): RunningMean {
  return { count: count + 1, mean: mean + (1 / (count + 1)) * (value - mean) };
}

export function meanValues(name: string, { count, mean }: RunningMean): Record<string, Json> {
  return { [`${name}.count`]: count, [`${name}.mean`]: mean };
}

/** @throws CHECKPOINT_CORRUPT */
export function readMean(state: PartState, name: string, { least, most }: ValueRange): RunningMean {
  const count = readCount(state, `${name}.count`, 0, Number.MAX_SAFE_INTEGER);
  return count === 0 ? EMPTY_MEAN : { count, mean: readNumber(state, `${name}.mean`, least, most) };
}
