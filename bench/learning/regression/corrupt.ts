import type { Rng } from '../../../src/core/rng.ts';

/** A copy of `values` in which about `share` of them are three times another one. */
export function corrupted(values: readonly number[], share: number, rng: Rng): number[] {
  return values.map((value) => (rng.nextFloat() < share ? 3 * values[rng.nextInt(values.length)]! : value));
}
