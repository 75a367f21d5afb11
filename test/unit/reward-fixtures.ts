import type { Rng } from '../../src/core/rng.ts';
import type { Row } from '../../src/learners/row.ts';

/** A row of numbers, and of hashed tokens of two places each. */
export function rowOf(dense: readonly number[], tokens: readonly number[] = [], hashSize = 64): Row {
  const indices = Int32Array.from(tokens.flatMap((token) => [(7 * token) % hashSize, (13 * token + 5) % hashSize]));
  return {
    raw: Float32Array.from(dense),
    dense: Float32Array.from(dense),
    indices,
    values: Float32Array.from(indices, (_, place) => (place % 3 === 0 ? -1 : 1)),
  };
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

export function gaussians(count: number, rng: Rng): number[] {
  return range(count).map(() => rng.nextGaussian());
}
