import type { RowShape } from '../row.ts';

const LEAST = 128;
const MOST = 560;

/**
 * How many features an analytic member has: three for every input, as far as the triangle of second moments stays below 0.63 MB
 * (560 features). With few inputs 128, where learning costs microseconds.
 */
export function analyticFeatureCount({ denseSize, hashSize }: RowShape): number {
  return Math.min(MOST, Math.max(LEAST, 3 * (denseSize + hashSize)));
}
