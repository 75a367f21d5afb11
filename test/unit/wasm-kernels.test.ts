import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { KernelBench, sparseVector } from './wasm-kernels-fixture.ts';

let bench: KernelBench;
beforeAll(async () => {
  bench = await KernelBench.open();
});

const shape = fc.record({
  rows: fc.integer({ min: 1, max: 20 }),
  columns: fc.integer({ min: 1, max: 23 }),
  seed: fc.nat(),
});

describe('elementwise kernels', () => {
  it('sum rows in their order', () => {
    fc.assert(
      fc.property(shape, ({ rows, columns, seed }) => {
        bench.clear();
        const values = sparseVector(Rng.fromSeed(seed), rows * columns);
        const sums = bench.put(new Float32Array(columns + 1).fill(7));
        bench.kernels.sumRows(bench.put(values), sums, rows, columns);
        const expected = Float32Array.from({ length: columns }, (_, column) => {
          let sum = 0;
          for (let row = 0; row < rows; row++) sum = Math.fround(sum + values[row * columns + column]!);
          return sum;
        });
        expect([...bench.read(sums, columns + 1)]).toEqual([...expected, 7]);
      }),
    );
  });

  it('square, and close gates where an activation is 0', () => {
    fc.assert(
      fc.property(shape, ({ rows, seed }) => {
        bench.clear();
        const rng = Rng.fromSeed(seed);
        const [values, activation] = [sparseVector(rng, rows), sparseVector(rng, rows)];
        const [at, activationAt] = [bench.put(values), bench.put(activation)];
        bench.kernels.closeGates(at, activationAt, 4 * rows);
        const gated = values.map((value, i) => (activation[i] === 0 ? 0 : value));
        expect(bench.read(at, rows)).toEqual(gated);
        bench.kernels.square(at, 4 * rows);
        expect(bench.read(at, rows)).toEqual(gated.map((value) => value * value));
      }),
    );
  });
});

describe('exponential and logarithm', () => {
  it('are those of the engine within 1e-12 of their size', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -690, max: 0, noNaN: true }),
        fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
        (x, y) => {
          expect(Math.abs(bench.kernels.expOfNegative(x) / Math.exp(x) - 1)).toBeLessThan(1e-12);
          expect(Math.abs(bench.kernels.log(y) - Math.log(y))).toBeLessThan(1e-12 * Math.max(1, Math.abs(Math.log(y))));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('know the ends', () => {
    const { expOfNegative, log } = bench.kernels;
    expect([0, -1e9, -Infinity, NaN].map(expOfNegative)).toEqual([1, 0, 0, NaN]);
    expect([1, 0, Infinity, NaN, -1].map(log)).toEqual([0, -Infinity, Infinity, NaN, NaN]);
  });
});

interface Row {
  readonly scores: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  readonly outputs: readonly number[];
}

/** Loss of one row by its definition, in double precision, over the outputs in use. */
const definitions: readonly ((row: Row) => number)[] = [
  ({ scores, targets, outputs }) => {
    const largest = Math.max(...outputs.map((k) => scores[k]!));
    const total = outputs.reduce((sum, k) => sum + Math.exp(scores[k]! - largest), 0);
    return outputs.reduce((sum, k) => sum + targets[k]! * (largest + Math.log(total) - scores[k]!), 0);
  },
  ({ scores, targets, outputs }) =>
    outputs.reduce((sum, k) => sum + Math.log1p(Math.exp(scores[k]!)) - targets[k]! * scores[k]!, 0),
  ({ scores, targets, outputs }) => outputs.reduce((sum, k) => sum + 0.5 * (scores[k]! - targets[k]!) ** 2, 0),
];

describe.each([
  ['softmax cross entropy', 0],
  ['logistic', 1],
  ['squared', 2],
] as const)('loss: %s', (_, loss) => {
  it('and its slopes are those of the definition, with masks, weights and scores to stay near', () => {
    fc.assert(
      fc.property(shape, fc.boolean(), fc.boolean(), ({ rows, columns, seed }, withRowMask, withLogits) => {
        bench.clear();
        const rng = Rng.fromSeed(seed);
        const length = rows * columns;
        const vector = (size: number, entry: () => number): Float32Array => Float32Array.from({ length: size }, entry);
        const scores = vector(length, () => 8 * rng.nextFloat() - 4);
        const targets = vector(length, () => rng.nextFloat());
        const weights = vector(rows, () => (rng.nextFloat() < 0.2 ? 0 : 2 * rng.nextFloat()));
        // The first output is always in use: a softmax over nothing has no value.
        const outputMask = vector(columns, () => (rng.nextFloat() < 0.7 ? 1 : 0)).fill(1, 0, 1);
        const rowMask = vector(length, () => (rng.nextFloat() < 0.7 ? 1 : 0));
        for (let row = 0; row < rows; row++) rowMask[row * columns] = 1;
        const logitTargets = vector(length, () => rng.nextFloat());
        const logitWeights = vector(length, () => (rng.nextFloat() < 0.5 ? 0 : rng.nextFloat()));

        const lossAt = (values: ArrayLike<number>): number => {
          let total = 0;
          for (let row = 0; row < rows; row++) {
            const at = row * columns;
            const used = [...outputMask.keys()].filter((k) => outputMask[k] === 1);
            const outputs = used.filter((k) => !withRowMask || rowMask[at + k] === 1);
            const cut = (from: ArrayLike<number>): number[] =>
              Array.from({ length: columns }, (__, k) => from[at + k]!);
            if (weights[row]! > 0)
              total += weights[row]! * definitions[loss]!({ scores: cut(values), targets: cut(targets), outputs });
            for (const k of withLogits ? used : [])
              total += 0.5 * logitWeights[at + k]! * (values[at + k]! - logitTargets[at + k]!) ** 2;
          }
          return total / rows;
        };

        const at = bench.put(scores);
        const [targetsAt, weightsAt, maskAt] = [bench.put(targets), bench.put(weights), bench.put(outputMask)];
        const rowMaskAt = withRowMask ? bench.put(rowMask) : 0;
        const logits = withLogits ? ([bench.put(logitTargets), bench.put(logitWeights)] as const) : ([0, 0] as const);
        const parts = [targetsAt, weightsAt, maskAt, rowMaskAt, ...logits] as const;
        const found = bench.kernels.lossGradient(loss, at, ...parts, rows, columns, 1 / rows, bench.room(4 * columns));
        expect(found).toBeCloseTo(lossAt(scores), 6);

        const slopes = bench.read(at, length);
        const step = 1e-4;
        for (let i = 0; i < length; i++) {
          const moved = Float64Array.from(scores);
          moved[i]! += step;
          const above = lossAt(moved);
          moved[i]! -= 2 * step;
          expect(slopes[i]).toBeCloseTo((above - lossAt(moved)) / (2 * step), 5);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('optimizers', () => {
  const length = 21;
  const bytes = 4 * length;
  const vectors = (seed: number) => {
    bench.clear();
    const rng = Rng.fromSeed(seed);
    const [gradient, parameters, first] = [
      sparseVector(rng, length),
      sparseVector(rng, length),
      sparseVector(rng, length),
    ];
    const second = sparseVector(rng, length).map(Math.abs);
    const at = [gradient, parameters, first, second].map((values) => bench.put(values));
    return { gradient, parameters, first, second, at: [at[0]!, at[1]!, at[2]!, at[3]!] as const };
  };
  const expectClose = (found: Float32Array, expected: (i: number) => number): void => {
    for (let i = 0; i < length; i++) expect(Math.abs(found[i]! - expected(i))).toBeLessThan(3e-7);
  };

  it('take the step of Adam', () => {
    const { gradient, parameters, first, second, at } = vectors(1);
    bench.kernels.adamStep(...at, bytes, 0.1, 0.001, 0.02, 1.5, 1e-4, 0.99);
    const firstAfter = (i: number): number => 0.9 * first[i]! + 0.1 * gradient[i]!;
    const secondAfter = (i: number): number => 0.999 * second[i]! + 0.001 * gradient[i]! ** 2;
    expectClose(bench.read(at[2], length), firstAfter);
    expectClose(bench.read(at[3], length), secondAfter);
    const move = (i: number): number => (0.02 * firstAfter(i)) / (Math.sqrt(secondAfter(i)) * 1.5 + 1e-4);
    const found = bench.read(at[1], length);
    for (let i = 0; i < length; i++) {
      const expected = 0.99 * parameters[i]! - move(i);
      expect(Math.abs(found[i]! - expected)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected)));
    }
  });

  it('take the step of gradient descent, with and without momentum', () => {
    const heavy = vectors(2);
    const [gradientAt, parametersAt, velocityAt] = heavy.at;
    bench.kernels.sgdStep(gradientAt, parametersAt, velocityAt, bytes, 0.05, 0.8, 0.97);
    const velocity = (i: number): number => 0.8 * heavy.first[i]! + heavy.gradient[i]!;
    expectClose(bench.read(velocityAt, length), velocity);
    expectClose(bench.read(parametersAt, length), (i) => 0.97 * heavy.parameters[i]! - 0.05 * velocity(i));
    const plain = vectors(3);
    bench.kernels.sgdStep(plain.at[0], plain.at[1], 0, bytes, 0.05, 0, 0.97);
    expectClose(bench.read(plain.at[1], length), (i) => 0.97 * plain.parameters[i]! - 0.05 * plain.gradient[i]!);
  });

  it('take the step of AdaGrad', () => {
    const { gradient, parameters, second, at } = vectors(4);
    bench.kernels.adagradStep(at[0], at[1], at[3], bytes, 0.05, 1e-3, 0.97);
    const sum = (i: number): number => second[i]! + gradient[i]! ** 2;
    expectClose(bench.read(at[3], length), sum);
    const move = (i: number): number => (0.05 * gradient[i]!) / (Math.sqrt(sum(i)) + 1e-3);
    expectClose(bench.read(at[1], length), (i) => 0.97 * parameters[i]! - move(i));
  });

  it.each([true, false])('draw to an anchor, with a second moment: %s', (withMoment) => {
    const { parameters, second, at } = vectors(5);
    const importance = sparseVector(Rng.fromSeed(6), length).map((value) => Math.abs(value) * 100);
    const anchor = sparseVector(Rng.fromSeed(7), length);
    const places = [bench.put(importance), bench.put(anchor)] as const;
    bench.kernels.anchorStep(at[1], withMoment ? at[3] : 0, ...places, bytes, 0.02, 1.5, 0.5);
    const share = (i: number): number => {
      const pull = 0.02 * importance[i]!;
      return pull / (pull + (withMoment ? Math.sqrt(second[i]!) * 1.5 : 0) + 0.5);
    };
    expectClose(bench.read(at[1], length), (i) => parameters[i]! + share(i) * (anchor[i]! - parameters[i]!));
  });

  it('let means decay to 0 and not to numbers below the normal range, and keep what is not a number', () => {
    bench.clear();
    const gradient = bench.put(new Float32Array(8).fill(0).fill(NaN, 4));
    const parameters = bench.put(new Float32Array(8));
    const first = bench.put(new Float32Array(8).fill(1e-3));
    const second = bench.put(new Float32Array(8).fill(1e-37));
    const velocity = bench.put(new Float32Array(8).fill(1e-3));
    for (let step = 0; step < 3000; step++) {
      bench.kernels.adamStep(gradient, parameters, first, second, 32, 0.1, 0.01, 0.01, 1, 1e-8, 1);
      bench.kernels.sgdStep(gradient, parameters, velocity, 32, 0.01, 0.9, 1);
    }
    for (const at of [first, second, velocity])
      expect([...bench.read(at, 8)]).toEqual([0, 0, 0, 0, NaN, NaN, NaN, NaN]);
  });
});
