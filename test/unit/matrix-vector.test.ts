import { expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { addProduct } from '../../src/learners/members/matrix-vector.ts';

it.each([0, 1, 3, 4, 7, 8])('gives the bits of a plain loop for %i rows', (count) => {
  const rng = Rng.fromSeed(count);
  const size = 5;
  const rows = Float32Array.from({ length: count * size }, () => rng.nextGaussian());
  const vector = Float64Array.from({ length: size }, () => rng.nextGaussian());
  const start = Float32Array.from({ length: count }, () => rng.nextGaussian());
  const out = new Float64Array(count + 1).fill(9);
  addProduct(rows, vector, start, out);
  const plain = Array.from(start, (first, row) =>
    vector.reduce((sum, value, j) => sum + rows[row * size + j]! * value, first),
  );
  expect([...out]).toEqual([...plain, 9]);
});
