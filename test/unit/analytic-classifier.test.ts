import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { AnalyticClassifier } from '../../src/learners/analytic/analytic-classifier.ts';
import { analyticFeatureCount } from '../../src/learners/analytic/feature-count.ts';
import { factorise, solveFactorised, triangleSize } from '../../src/learners/analytic/symmetric.ts';
import type { Row } from '../../src/learners/row.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';

const shape = { rawSize: 6, denseSize: 6, hashSize: 8 };
const options = { shape, classes: 4, seed: 3, featureCount: 64 };
const open = (): AnalyticClassifier => new AnalyticClassifier(options);

interface Labelled {
  readonly row: Row;
  readonly label: number;
}

/** Four classes as the signs of two numbers, which no single number tells; every place of the row says something. */
function examples(count: number, seed: number): Labelled[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, () => {
    const label = rng.nextInt(4);
    const sign = (bit: number): number => (((label >> bit) & 1) === 1 ? 1 : -1);
    const dense = Float32Array.from({ length: 6 }, (_, i) => sign(i % 2) + 0.7 * rng.nextGaussian());
    return { row: { raw: dense, dense, indices: Int32Array.of(label, 7), values: Float32Array.of(0.2, 1) }, label };
  });
}

function learnAll(model: AnalyticClassifier, stream: readonly Labelled[]): AnalyticClassifier {
  for (const { row, label } of stream) model.learnOne(row, label, 1);
  return model;
}

function probabilities(model: AnalyticClassifier, row: Row, classes = 4): Float64Array {
  const out = new Float64Array(classes);
  model.predictProbaOne(row, out);
  return out;
}

function accuracy(model: AnalyticClassifier, stream: readonly Labelled[]): number {
  const right = stream.filter(({ row, label }) => {
    const out = probabilities(model, row);
    return out.indexOf(Math.max(...out)) === label;
  });
  return right.length / stream.length;
}

describe('AnalyticClassifier', () => {
  it('answers evenly before it has learned', () => {
    expect([...probabilities(open(), examples(1, 1)[0]!.row)]).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('learns, also where classes come one after the other', () => {
    const stream = examples(600, 1);
    const sorted = [...stream].sort((a, b) => a.label - b.label);
    const fresh = examples(300, 2);
    const [mixed, inTurns] = [learnAll(open(), stream), learnAll(open(), sorted)];
    expect(accuracy(mixed, fresh)).toBeGreaterThan(0.93);
    expect(accuracy(inTurns, fresh)).toBeGreaterThan(0.93);
  });

  it('gives probabilities: none negative, together 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer(), (count, seed) => {
        const model = learnAll(open(), examples(count, seed));
        for (const { row } of examples(5, seed + 1)) {
          const out = probabilities(model, row);
          expect(out.every((value) => value >= 0 && value <= 1)).toBe(true);
          expect(out.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('holds the same sums for every order, once the scale is fixed', () => {
    const [first, rest] = [examples(32, 3), examples(200, 4)];
    const forwards = learnAll(learnAll(open(), first), rest).state();
    const backwards = learnAll(learnAll(open(), first), [...rest].reverse()).state();
    for (const name of ['moments', 'counts', 'sums']) {
      const [a, b] = [forwards.tensors[name]!, backwards.tensors[name]!];
      a.forEach((value, place) => expect(Math.abs(value - b[place]!)).toBeLessThan(1e-3 * (1 + Math.abs(value))));
    }
  });

  it('counts an example of weight 2 as two, and one of weight 0 not at all', () => {
    const [first, second] = examples(2, 5) as [Labelled, Labelled];
    const twice = learnAll(open(), [first, first, second]).state();
    const model = open();
    model.learnOne(first.row, first.label, 2);
    model.learnOne(second.row, second.label, 0);
    model.learnOne(second.row, second.label, 1);
    expect(model.state().tensors['counts']).toEqual(twice.tensors['counts']);
  });

  it('goes on from its state with the same bits', () => {
    const stream = examples(220, 6);
    const model = learnAll(open(), stream.slice(0, 130));
    const restored = open();
    restored.restore(structuredClone(model.state()));
    learnAll(model, stream.slice(130));
    learnAll(restored, stream.slice(130));
    expect(restored.state()).toEqual(model.state());
    for (const { row } of stream.slice(0, 9)) expect(probabilities(restored, row)).toEqual(probabilities(model, row));
  });

  it('changes nothing when it predicts', () => {
    const model = learnAll(open(), examples(70, 7));
    const before = model.state();
    for (const { row } of examples(20, 8)) probabilities(model, row);
    expect(model.state()).toEqual(before);
  });

  it('makes room for classes and gives a class that it never met no chance', () => {
    const model = learnAll(open(), examples(100, 9));
    model.growClasses(6);
    const { row } = examples(1, 10)[0]!;
    expect([...probabilities(model, row, 6).subarray(4)]).toEqual([0, 0]);
    for (let i = 0; i < 200; i++) model.learnOne(row, 5, 1);
    const out = probabilities(model, row, 6);
    expect(out.indexOf(Math.max(...out))).toBe(5);
    const restored = new AnalyticClassifier(options);
    restored.restore(model.state());
    expect(probabilities(restored, row, 6)).toEqual(out);
  });

  it('refuses a damaged state', async () => {
    const { tensors, values } = learnAll(open(), examples(50, 11)).state();
    const damaged = [
      { tensors: { ...tensors, moments: new Float32Array(3) }, values },
      { tensors: { ...tensors, sums: tensors['sums']!.map(() => NaN) as Float64Array<ArrayBuffer> }, values },
      { tensors: { ...tensors, counts: Float64Array.of(1, -1, 1, 1) }, values },
      { tensors, values: { ...values, sharpness: 'high' } },
      { tensors, values: { ...values, solvedClasses: 9 } },
      { tensors: {}, values: {} },
    ];
    for (const state of damaged) await expectCode(() => open().restore(state), 'CHECKPOINT_CORRUPT');
  });

  it('has more features for more inputs, within its memory', () => {
    const count = (denseSize: number) => analyticFeatureCount({ rawSize: 0, denseSize, hashSize: 0 });
    expect([count(5), count(100), count(784)]).toEqual([128, 300, 560]);
    expect(4 * triangleSize(count(784))).toBeLessThan(640_000);
    const forManyClasses = analyticFeatureCount({ rawSize: 0, denseSize: 784, hashSize: 0 }, 77);
    expect(4 * triangleSize(forManyClasses) + 12 * 77 * forManyClasses).toBeLessThan(702_000);
    expect(forManyClasses).toBeGreaterThan(300);
  });
});

it('solves symmetric systems', () => {
  const rng = Rng.fromSeed(12);
  const size = 9;
  const factor = Array.from({ length: size }, () => Array.from({ length: size }, () => rng.nextGaussian()));
  const entry = (i: number, j: number): number =>
    factor[i]!.reduce((sum, value, k) => sum + value * factor[j]![k]!, i === j ? 1 : 0);
  const triangle = new Float64Array(triangleSize(size));
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) triangle[(i * (i + 1)) / 2 + j] = entry(i, j);
  const expected = Float64Array.from({ length: size }, () => rng.nextGaussian());
  const vector = expected.map((_, i) => expected.reduce((sum, value, j) => sum + entry(i, j) * value, 0));
  expect(factorise(triangle, size)).toBe(true);
  solveFactorised(triangle, vector);
  vector.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 8));
  expect(factorise(Float64Array.of(1, 2, 1), 2), 'not positive definite').toBe(false);
});
