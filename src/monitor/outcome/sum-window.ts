import type { Json } from '../../core/part-state.ts';

/**
 * How an observation counts. It is kept as a record of a few numbers, and adds to sums; every metric that is a ratio of sums, so every mean, can then be
 * had over any window.
 */
export interface SumLayout {
  /** Numbers of a record. */
  readonly recordSize: number;
  readonly sumCount: number;
  /** Adds a record [recordSize] to sums [sumCount], in place. */
  add(record: ArrayLike<number>, sums: Float64Array): void;
}

export interface SumWindow {
  /** @param record [recordSize], finite */
  update(record: readonly number[]): void;
  /** Observations in the window, each with what is left of its weight. */
  readonly count: number;
  /** [sumCount] a copy */
  sums(): Float64Array;
  state(): Json;
  /** Continues exactly where `state` was taken. @throws INVALID_DATA */
  restore(state: unknown): void;
}

/** Each number of the record is summed. */
export function plainSums(size: number): SumLayout {
  return {
    recordSize: size,
    sumCount: size,
    add(record, sums) {
      for (let i = 0; i < size; i++) sums[i]! += record[i]!;
    },
  };
}
