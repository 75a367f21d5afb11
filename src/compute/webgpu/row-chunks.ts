/** Row counts that predictions are padded to. tfjs pools buffers by exact size, for ever. */
const rowBuckets = [1, 8, 64, 512] as const;
const largestBucket = 512;

export interface RowChunk {
  /** First row. */
  readonly start: number;
  /** Rows that count. */
  readonly count: number;
  /** Rows to compute: one of a few fixed numbers, at least `count`. */
  readonly padded: number;
}

/** Splits `rows` into chunks, each of which fits one of the fixed row counts. */
export function chunkRows(rows: number): RowChunk[] {
  const chunks: RowChunk[] = [];
  for (let start = 0; start < rows; start += largestBucket) {
    const count = Math.min(rows - start, largestBucket);
    chunks.push({ start, count, padded: rowBuckets.find((bucket) => bucket >= count) ?? largestBucket });
  }
  return chunks;
}
