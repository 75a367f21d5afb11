import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { KernelBench, sparseVector } from './wasm-kernels-fixture.ts';

let bench: KernelBench;
beforeAll(async () => {
  bench = await KernelBench.open();
});

/** Sizes that are multiples of nothing, a few of one or two, and more steps than a panel has. */
const sizes = fc.record({
  rows: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 45 })),
  inner: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 600 })),
  columns: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 75 })),
  seed: fc.nat(),
});

/** One sum in single precision, in order, with a rounding after every product and every addition. */
function sumInOrder(start: number, count: number, factors: (k: number) => readonly [number, number]): number {
  let sum = start;
  for (let k = 0; k < count; k++) {
    const [left, right] = factors(k);
    sum = Math.fround(sum + Math.fround(left * right));
  }
  return sum;
}

const matrix = (rows: number, columns: number, entry: (row: number, column: number) => number): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) => entry(Math.floor(i / columns), i % columns));

/** −0 counts as 0: adding a product with a 0 that was passed over would have made it one. */
function expectSameBits(actual: Float32Array, expected: Float32Array): void {
  const at = expected.findIndex((value, i) => value !== actual[i]);
  if (at >= 0) expect.fail(`entry ${at} is ${actual[at]} instead of ${expected[at]}`);
}

/** Rows of weights that are long enough to be copied first, more rows of a batch than one of its slices, and each with a rest. */
const examples: [{ rows: number; inner: number; columns: number; seed: number }][] = [
  [{ rows: 17, inner: 300, columns: 261, seed: 1 }],
  [{ rows: 300, inner: 17, columns: 261, seed: 2 }],
];

/** Row-major weights as they lie for the kernels. */
function inPanels(values: Float32Array, rows: number, columns: number): Float32Array {
  const panels: number[] = [];
  for (let first = 0; first < columns; first += 8)
    for (let row = 0; row < rows; row++)
      panels.push(...values.subarray(row * columns + first, row * columns + Math.min(first + 8, columns)));
  return Float32Array.from(panels);
}

const sentinel = 12345;

describe('matrix products: the bits of a plain loop in single precision, for any size', () => {
  it.each([
    ['rectified, from a bias', 1],
    ['added to what is there', 0],
  ])('a·b, %s', (_, rectify) => {
    fc.assert(
      fc.property(sizes, ({ rows, inner, columns, seed }) => {
        bench.clear();
        const rng = Rng.fromSeed(seed);
        const [a, b] = [sparseVector(rng, rows * inner), sparseVector(rng, inner * columns)];
        const bias = sparseVector(rng, columns);
        const before = sparseVector(rng, rows * columns);
        const out = bench.put([...before, ...new Array<number>(8).fill(sentinel)]);
        const start = rectify ? [bench.put(bias), 0] : [out, 4 * columns];
        const scratch = bench.room(bench.kernels.productScratchBytes(rows, inner));
        const [aAt, bAt] = [bench.put(a), bench.put(inPanels(b, inner, columns))];
        bench.kernels.multiply(aAt, bAt, start[0]!, start[1]!, out, rows, inner, columns, rectify, scratch);
        const expected = matrix(rows, columns, (row, column) => {
          const first = rectify ? bias[column]! : before[row * columns + column]!;
          const sum = sumInOrder(first, inner, (k) => [a[row * inner + k]!, b[k * columns + column]!]);
          return rectify ? Math.max(sum, 0) : sum;
        });
        expectSameBits(bench.read(out, rows * columns), expected);
        const behind = bench.read(out + 4 * rows * columns, 4);
        expect([...behind]).toEqual([sentinel, sentinel, sentinel, sentinel]);
      }),
      { numRuns: 150, examples },
    );
  });

  it('a·bᵀ', () => {
    fc.assert(
      fc.property(sizes, ({ rows, inner, columns, seed }) => {
        bench.clear();
        const rng = Rng.fromSeed(seed);
        const [a, b] = [sparseVector(rng, rows * inner), sparseVector(rng, columns * inner)];
        const scratch = bench.room(bench.kernels.productScratchBytes(rows, columns));
        const zeros = bench.put(new Float32Array(columns + 8));
        const out = bench.put(new Float32Array(rows * columns + 4).fill(sentinel));
        bench.kernels.multiplyByTransposed(
          bench.put(a),
          bench.put(inPanels(b, columns, inner)),
          zeros,
          out,
          rows,
          inner,
          columns,
          scratch,
        );
        const expected = matrix(rows, columns, (row, column) =>
          sumInOrder(0, inner, (k) => [a[row * inner + k]!, b[column * inner + k]!]),
        );
        expectSameBits(bench.read(out, rows * columns), expected);
        expect(bench.read(out, rows * columns + 1).at(-1)).toBe(sentinel);
      }),
      { numRuns: 150, examples },
    );
  });

  it('aᵀ·b', () => {
    const batches = sizes.map((each) => ({ ...each, rows: each.inner, inner: each.rows * 3 }));
    fc.assert(
      fc.property(batches, ({ rows, inner, columns, seed }) => {
        bench.clear();
        const rng = Rng.fromSeed(seed);
        const [a, b] = [sparseVector(rng, inner * rows), sparseVector(rng, inner * columns)];
        const scratch = bench.room(bench.kernels.productScratchBytes(inner, rows));
        const out = bench.put(new Float32Array(rows * columns + 4).fill(sentinel));
        bench.kernels.multiplyTransposed(bench.put(a), bench.put(b), out, rows, inner, columns, scratch);
        const expected = matrix(rows, columns, (row, column) =>
          sumInOrder(0, inner, (k) => [a[k * rows + row]!, b[k * columns + column]!]),
        );
        expectSameBits(bench.read(out, rows * columns), inPanels(expected, rows, columns));
        expect(bench.read(out, rows * columns + 1).at(-1)).toBe(sentinel);
      }),
      { numRuns: 150, examples },
    );
  });

  it('put weights into panels and back', () => {
    fc.assert(
      fc.property(sizes, ({ inner, columns, seed }) => {
        bench.clear();
        const weights = sparseVector(Rng.fromSeed(seed), inner * columns);
        const [source, target] = [bench.put(weights), bench.put(new Float32Array(weights.length + 1).fill(sentinel))];
        bench.kernels.toPanels(source, target, inner, columns);
        expect(bench.read(target, weights.length)).toEqual(inPanels(weights, inner, columns));
        const back = bench.put(new Float32Array(weights.length + 1).fill(sentinel));
        bench.kernels.fromPanels(target, back, inner, columns);
        expect([...bench.read(back, weights.length + 1)]).toEqual([...weights, sentinel]);
      }),
    );
  });

  it('keeps what is not a number', () => {
    for (const rows of [1, 7]) {
      bench.clear();
      const out = bench.room(4 * rows * 9);
      const a = bench.put(new Float32Array(rows * 5).fill(NaN));
      const [b, bias, scratch] = [bench.put(new Float32Array(45).fill(1)), bench.put(new Float32Array(9)), 65_536];
      bench.kernels.multiply(a, b, bias, 0, out, rows, 5, 9, 1, scratch);
      expect(bench.read(out, rows * 9).every(Number.isNaN)).toBe(true);
    }
  });
});
