/** Row counts that a training batch may have beside the network's `batchSize`. */
export const trainingRows: readonly number[] = [8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/** The smallest row count that a batch of `rows` examples fits into. @throws RangeError for more than 512 */
export function paddedTrainingRows(rows: number, batchSize: number): number {
  const fitting = [batchSize, ...trainingRows].filter((count) => count >= rows);
  if (fitting.length === 0) throw new RangeError(`A training batch cannot have ${rows} rows`);
  return Math.min(...fitting);
}
