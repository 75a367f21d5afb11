/** Row counts that predictions are padded to. WebGPU buffers are pooled by exact size and never given back. */
const rowBuckets = [1, 8, 64, 512] as const;
const largestBucket = 512;

/** Row counts that a training batch may have beside the network's `batchSize`. */
export const trainingRows: readonly number[] = [8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/** The smallest row count that a batch of `rows` examples fits into. @throws RangeError for more than 512 */
export function paddedTrainingRows(rows: number, batchSize: number): number {
  const fitting = [batchSize, ...trainingRows].filter((count) => count >= rows);
  if (fitting.length === 0) throw new RangeError(`A training batch cannot have ${rows} rows`);
  return Math.min(...fitting);
}

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
