import type { Rng } from '../../src/core/rng.ts';
import type { Row, RowShape } from '../../src/learners/row.ts';

export const shapeOf = (inputs: number, hashSize = 0): RowShape => ({
  rawSize: inputs,
  denseSize: 2 * inputs,
  hashSize,
});

/** A row as the feature encoder makes it of standardised numbers; null where not known. */
export function rowOf(inputs: readonly (number | null)[], indices: number[] = [], values: number[] = []): Row {
  const dense = inputs.flatMap((value) => (value === null ? [0, 1] : [value, 0]));
  return {
    raw: Float32Array.from(inputs, (value) => value ?? NaN),
    dense: Float32Array.from(dense),
    indices: Int32Array.from(indices),
    values: Float32Array.from(values),
  };
}

export const gaussians = (count: number, rng: Rng) => Array.from({ length: count }, () => rng.nextGaussian());
