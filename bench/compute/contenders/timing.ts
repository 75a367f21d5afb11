import { batchesOf, inputsOf } from '../workload.ts';
import type { Job } from '../contender.ts';

/** `rows` rows of what there is, row-major; others each call, as a view. */
export type InputRows = (call: number, rows: number) => Float32Array;

export async function elapsedMs(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** The rows of all batches, one after the other. */
export function inputRows({ shape, rows: batchRows }: Pick<Job, 'shape' | 'rows'>): InputRows {
  const columns = inputsOf(shape);
  const batches = batchesOf(shape, batchRows);
  const all = new Float32Array(batches.length * batchRows * columns);
  batches.forEach(({ inputs }, index) => all.set(inputs, index * inputs.length));
  return (call, rows) => {
    const places = Math.floor(all.length / (rows * columns));
    if (places === 0) throw new RangeError(`there are fewer than ${rows} rows`);
    const start = (call % places) * rows * columns;
    return all.subarray(start, start + rows * columns);
  };
}
