import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMatrix, lookForZeros, transpose, type Matrix } from '../../src/compute/cpu/matrix.ts';
import { addProduct, addTransposedProduct } from '../../src/compute/cpu/products.ts';
import { WeightedRows } from '../../src/compute/cpu/weighted-rows.ts';
import { Rng } from '../../src/core/rng.ts';
import '../support/fixed-seed.ts';

/** A matrix somewhere in a longer vector, with about this share of numbers that are not 0. */
function randomMatrix(rng: Rng, rows: number, columns: number, density = 1): Matrix {
  const start = rng.nextInt(5);
  const values = Float32Array.from({ length: start + rows * columns + 3 }, () =>
    rng.nextFloat() < density ? 2 * rng.nextFloat() - 1 : 0,
  );
  const matrix = createMatrix(values, start, rows, columns);
  lookForZeros(matrix);
  return matrix;
}

const at = ({ values, start, columns }: Matrix, row: number, column: number): number =>
  values[start + row * columns + column]!;

/** The whole vector of `out` after left·right was added to its matrix, in double precision. */
function expectedSums(left: (row: number, i: number) => number, inner: number, b: Matrix, out: Matrix): number[] {
  return Array.from(out.values, (value, place) => {
    const index = place - out.start;
    if (index < 0 || index >= out.rows * out.columns) return value;
    const [row, column] = [Math.floor(index / out.columns), index % out.columns];
    let sum = value;
    for (let i = 0; i < inner; i++) sum += left(row, i) * at(b, i, column);
    return sum;
  });
}

const size = fc.integer({ min: 1, max: 37 });
const density = fc.constantFrom(0, 0.1, 0.5, 1);
const seed = fc.nat(1_000_000);

describe('products of matrices', () => {
  const scratch = new WeightedRows();
  const expectClose = (out: Matrix, expected: readonly number[]): void => {
    for (const [place, value] of expected.entries()) expect(out.values[place]).toBeCloseTo(value, 4);
  };

  it('add a·b to the rows that they are given, and touch nothing beside them', () => {
    fc.assert(
      fc.property(size, size, size, density, seed, (rows, inner, columns, share, from) => {
        const rng = Rng.fromSeed(from);
        const a = randomMatrix(rng, rows, inner, share);
        const [b, out] = [randomMatrix(rng, inner, columns), randomMatrix(rng, rows, columns)];
        const expected = expectedSums((row, i) => at(a, row, i), inner, b, out);
        addProduct(a, b, out, scratch);
        expectClose(out, expected);
      }),
    );
  });

  it('add aᵀ·b in the same way', () => {
    fc.assert(
      fc.property(size, size, size, density, seed, (rows, inner, columns, share, from) => {
        const rng = Rng.fromSeed(from);
        const a = randomMatrix(rng, inner, rows, share);
        const [b, out] = [randomMatrix(rng, inner, columns), randomMatrix(rng, rows, columns)];
        const expected = expectedSums((row, i) => at(a, i, row), inner, b, out);
        addTransposedProduct(a, b, out, scratch);
        expectClose(out, expected);
      }),
    );
  });

  it("add the same where rows are as far apart as the processor's cache has sets", () => {
    const rng = Rng.fromSeed(1);
    const [a, b, out] = [randomMatrix(rng, 15, 6), randomMatrix(rng, 6, 1024), randomMatrix(rng, 15, 1024)];
    const expected = expectedSums((row, i) => at(a, row, i), 6, b, out);
    addProduct(a, b, out, scratch);
    expectClose(out, expected);
  });

  it('pass a number that is not finite on where it counts, and nowhere else', () => {
    const a = createMatrix(Float32Array.of(0, 1, 0, 0), 0, 2, 2);
    const b = createMatrix(Float32Array.of(NaN, 1, 2, Infinity), 0, 2, 2);
    const out = createMatrix(new Float32Array(4), 0, 2, 2);
    addProduct(a, b, out, scratch);
    expect([...out.values].map(Number.isFinite)).toEqual([true, false, true, true]);
  });
});

it('a transpose has each number at its mirrored place', () => {
  fc.assert(
    fc.property(size, size, seed, (rows, columns, from) => {
      const rng = Rng.fromSeed(from);
      const [matrix, mirrored] = [randomMatrix(rng, rows, columns), randomMatrix(rng, columns, rows)];
      transpose(matrix, mirrored);
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          expect(at(mirrored, column, row)).toBe(at(matrix, row, column));
    }),
  );
});

it('a matrix is sparse where less than two fifths of it count', () => {
  const withOnes = (count: number): Matrix => {
    const matrix = createMatrix(new Float32Array(12).fill(1, 1, 1 + count), 1, 2, 5);
    lookForZeros(matrix);
    return matrix;
  };
  expect([0, 3, 4, 10].map((count) => withOnes(count).sparse)).toEqual([true, true, false, false]);
});
