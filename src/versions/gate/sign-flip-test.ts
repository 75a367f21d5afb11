import { Rng } from '../../core/rng.ts';

/** Up to 4,096 sign patterns are all looked at; of more, this many are drawn. */
const [ALL_UP_TO, DRAWS] = [12, 1_999];
/** Sums that differ by rounding only are equal. */
const ROUNDING = 1e-9;

/**
 * Probability that values whose mean is 0, and that are symmetric about it, have a sum as low as these (Fisher's randomisation test of
 * pairs; drawn patterns as in Phipson and Smyth 2010, so that it is never below 1 / 2,000). The same values always give the same result. 1 for
 * none.
 */
export function signFlipTest(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0) + ROUNDING;
  return values.length <= ALL_UP_TO ? lowOfAll(values, sum) : lowOfDrawn(values, sum);
}

function lowOfAll(values: readonly number[], sum: number): number {
  const patterns = 2 ** values.length;
  let low = 0;
  for (let bits = 0; bits < patterns; bits++) {
    const flipped = values.reduce((total, value, index) => total + ((bits >> index) & 1 ? value : -value), 0);
    if (flipped <= sum) low++;
  }
  return low / patterns;
}

function lowOfDrawn(values: readonly number[], sum: number): number {
  const rng = Rng.fromSeed(values.length);
  let low = 1;
  for (let draw = 0; draw < DRAWS; draw++) {
    if (flippedSum(values, rng) <= sum) low++;
  }
  return low / (DRAWS + 1);
}

/** A random number has more bits than are drawn from it at once. */
const BITS = 30;

function flippedSum(values: readonly number[], rng: Rng): number {
  let [flipped, bits] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (i % BITS === 0) bits = Math.floor(rng.nextFloat() * 2 ** BITS);
    flipped += bits & 1 ? values[i]! : -values[i]!;
    bits >>= 1;
  }
  return flipped;
}
