import type { RowShape } from '../row.ts';

const LEAST = 128;
const MOST = 560;
/** Of the second moments, and of the sums and weights of all classes. */
const BYTE_BUDGET = 700_000;
const BYTES_BY_CLASS = 12;

/** Of the hashed block few places are in use: so many count as one input. */
const HASH_SHARE = 8;

/**
 * How many features an analytic member has: three for every input, as far as its state stays below 0.7 MB with so many classes, and never more than 560.
 * With few inputs 128, where learning costs microseconds.
 * @param classes how many there are expected to be; it has to be the same whenever a state is restored
 */
export function analyticFeatureCount({ denseSize, hashSize }: RowShape, classes = 0): number {
  // 2 n² bytes of moments and 12 n for each class.
  const linear = (BYTES_BY_CLASS * classes) / 4;
  const affordable = Math.floor(Math.sqrt(linear * linear + BYTE_BUDGET / 2) - linear);
  return Math.max(LEAST, Math.min(MOST, affordable, Math.round(3 * (denseSize + hashSize / HASH_SHARE))));
}
