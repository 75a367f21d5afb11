/** Rows in memory that this thread can reach, and the inner products of a few queries with them. */
export interface HostRows {
  readonly bytes: number;
  /** Makes room for slots below `end`. @throws RangeError where there is no memory */
  reserve(end: number): void;
  /** Stores the row that begins at `start` of `values`. */
  write(slot: number, values: Float32Array, start: number): void;
  /** Takes over the queries [count, features] of the searches that follow. */
  setQueries(queries: Float32Array, count: number): void;
  /**
   * Inner products of one of the queries with the rows from `first`, a multiple of {@link rowsAtOnce}.
   * @param count up to {@link rowsAtOnce}
   * @returns a view of the scores, valid until the next call; each up to {@link scoreFactor}
   */
  score(query: number, first: number, count: number): Float32Array;
  /** What the scores of a query are still to be multiplied by. */
  scoreFactor(query: number): number;
  dispose(): void;
}

/** Rows that are scored in one go, for one query after the other: they stay in the cache meanwhile. */
export const rowsAtOnce = 256;
