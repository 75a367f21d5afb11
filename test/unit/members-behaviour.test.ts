import { expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { AdaptiveForest } from '../../src/learners/members/adaptive-forest.ts';
import { CompactView } from '../../src/learners/members/compact-view.ts';
import { defaultClassifierMembers } from '../../src/learners/members/default-members.ts';
import { DriftAlarm } from '../../src/learners/members/drift-alarm.ts';
import { KernelRidge } from '../../src/learners/members/kernel-ridge.ts';
import { LabelTrust } from '../../src/learners/members/label-trust.ts';
import { LinearClassifier } from '../../src/learners/members/linear-classifier.ts';
import { PresentClasses } from '../../src/learners/members/present-classes.ts';
import { TemporalContext } from '../../src/learners/members/temporal-context.ts';
import { accuracyOf, combined, learnAll, numericRow, numericShape, type Labelled } from './members-fixture.ts';

function rowsOf(count: number, seed: number, labelOf: (x: number, y: number) => number): Labelled[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, () => {
    const [x, y] = [rng.nextGaussian(), rng.nextGaussian()];
    return { row: numericRow(x, y), label: labelOf(x, y) };
  });
}
const checkerboard = (x: number, y: number) => (x > 0 === y > 0 ? 1 : 0);
const ensemble = (classCount: number) => combined(defaultClassifierMembers(numericShape(2), classCount, 1), classCount);

test('the ensemble learns a boundary that no linear model has, and unlearns it when it turns round', () => {
  const model = ensemble(2);
  learnAll(model, rowsOf(800, 1, checkerboard));
  expect(accuracyOf(model, rowsOf(300, 2, checkerboard), 2)).toBeGreaterThan(0.93);
  learnAll(
    model,
    rowsOf(1000, 3, (x, y) => 1 - checkerboard(x, y)),
  );
  expect(
    accuracyOf(
      model,
      rowsOf(300, 4, (x, y) => 1 - checkerboard(x, y)),
      2,
    ),
  ).toBeGreaterThan(0.85);
});

test('the forest replaces its trees after drift', () => {
  const model = new AdaptiveForest(numericShape(2), 2, { trees: 6, bytes: 200_000, seed: 1 });
  learnAll(
    model,
    rowsOf(1500, 1, (x) => (x > 0 ? 1 : 0)),
  );
  learnAll(
    model,
    rowsOf(1000, 2, (x) => (x > 0 ? 0 : 1)),
  );
  expect(
    accuracyOf(
      model,
      rowsOf(300, 3, (x) => (x > 0 ? 0 : 1)),
      2,
    ),
  ).toBeGreaterThan(0.9);
});

test('kernel ridge without drift does not depend on the order', () => {
  const rows = rowsOf(200, 5, checkerboard);
  const [forth, back] = [0, 1].map(() => new KernelRidge(numericShape(2), 2, { features: 32, drift: 0, seed: 1 }));
  learnAll(forth!, rows);
  learnAll(back!, [...rows].reverse());
  const [a, b] = [new Float64Array(2), new Float64Array(2)];
  for (const { row } of rowsOf(20, 6, checkerboard)) {
    forth!.predictProbaOne(row, a);
    back!.predictProbaOne(row, b);
    expect(a[0]).toBeCloseTo(b[0]!, 6);
  }
});

test('classes that come in turns are not forgotten by the linear model', () => {
  const [rng, model] = [Rng.fromSeed(7), new LinearClassifier(numericShape(2), 4, { steps: 'constant', rate: 0.1 })];
  const rows = (classes: readonly number[], count: number) =>
    Array.from({ length: count }, (): Labelled => {
      const label = classes[rng.nextInt(classes.length)]!;
      const angle = (label * Math.PI) / 2;
      const [x, y] = [2 * Math.cos(angle), 2 * Math.sin(angle)];
      return { row: numericRow(x + 0.4 * rng.nextGaussian(), y + 0.4 * rng.nextGaussian()), label };
    });
  learnAll(model, rows([0, 2], 400));
  learnAll(model, rows([1, 3], 400));
  expect(accuracyOf(model, rows([0, 1, 2, 3], 300), 4)).toBeGreaterThan(0.85);
});

test('the ensemble does not forget classes that come in turns', () => {
  const [rng, model] = [Rng.fromSeed(12), ensemble(4)];
  const rows = (classes: readonly number[], count: number) =>
    Array.from({ length: count }, (): Labelled => {
      const label = classes[rng.nextInt(classes.length)]!;
      const angle = (label * Math.PI) / 2;
      const [x, y] = [2 * Math.cos(angle), 2 * Math.sin(angle)];
      return { row: numericRow(x + 0.4 * rng.nextGaussian(), y + 0.4 * rng.nextGaussian()), label };
    });
  learnAll(model, rows([0, 1], 300));
  learnAll(model, rows([2, 3], 300));
  expect(accuracyOf(model, rows([0, 1, 2, 3], 300), 4)).toBeGreaterThan(0.85);
});

test('a class is absent when it is missing for far longer than ever', () => {
  const present = new PresentClasses(3);
  for (let i = 0; i < 100; i++) present.learnOne(i % 2);
  expect([0, 1, 2].map((label) => present.has(label))).toEqual([true, true, false]);
  for (let i = 0; i < 60; i++) present.learnOne(2);
  expect([0, 1, 2].map((label) => present.has(label))).toEqual([false, false, true]);
  present.learnOne(1);
  expect(present.has(1)).toBe(true);
});

test('a model in context follows a level that wanders, and labels that stick', () => {
  const rng = Rng.fromSeed(8);
  const linear = () =>
    new TemporalContext(
      numericShape(1),
      2,
      (shape, classes) => new LinearClassifier(shape, classes, { steps: 'adagrad', rate: 0.3 }),
    );
  const [wandering, sticky] = [linear(), linear()];
  const out = new Float64Array(2);
  let [level, label, rightOfWandering, rightOfSticky] = [0, 0, 0, 0];
  for (let i = 0; i < 2000; i++) {
    level += 0.3 * rng.nextGaussian();
    const above = rng.nextInt(2);
    const row = numericRow(level + (above === 1 ? 2 : -2) + 0.3 * rng.nextGaussian());
    wandering.predictProbaOne(row, out);
    if (i >= 500 && out[above]! > 0.5) rightOfWandering++;
    wandering.learnOne(row, above, 1);
    if (rng.nextFloat() < 0.1) label = 1 - label;
    sticky.predictProbaOne(numericRow(0), out);
    if (i >= 500 && out[label]! > 0.5) rightOfSticky++;
    sticky.learnOne(numericRow(0), label, 1);
  }
  expect(rightOfWandering / 1500).toBeGreaterThan(0.9);
  expect(rightOfSticky / 1500).toBeGreaterThan(0.85);
});

test('labels are doubted where a sure model lately erred at the rate of the noise, and not after drift', () => {
  const [rng, trust] = [Rng.fromSeed(9), new LabelTrust(2)];
  const sure = Float64Array.from([0.8, 0.2]);
  for (let i = 0; i < 600; i++) {
    const label = i % 2;
    const said = label === 0 ? sure : Float64Array.from([0.2, 0.8]);
    trust.learnOne(said, rng.nextFloat() < 0.2 ? 1 - label : label);
  }
  for (let i = 0; i < 10; i++) trust.learnOne(sure, 0);
  expect(trust.noise).toBeGreaterThan(0.1);
  expect(trust.noise).toBeLessThan(0.3);
  expect(trust.weightOf(sure, 0)).toBeGreaterThan(0.9);
  expect(trust.weightOf(sure, 1)).toBeLessThan(0.3);
  expect(trust.weightOf(Float64Array.from([0.5, 0.5]), 1)).toBeGreaterThan(0.7);
  for (let i = 0; i < 20; i++) trust.learnOne(sure, 1);
  expect(trust.weightOf(sure, 1)).toBe(1);
});

test('the alarm rises with the error rate, and not without', () => {
  const [rng, alarm] = [Rng.fromSeed(10), new DriftAlarm()];
  let highest = 0;
  for (let i = 0; i < 1000; i++) {
    alarm.update(rng.nextFloat() < 0.2);
    highest = Math.max(highest, alarm.excess);
  }
  expect(highest).toBeLessThan(4);
  for (let i = 0; i < 60; i++) alarm.update(rng.nextFloat() < 0.7);
  expect(alarm.excess).toBeGreaterThan(5);
});

test('the compact view is bounded, and a long embedding is projected at unit scale', () => {
  const view = new CompactView({ rawSize: 784, denseSize: 784, hashSize: 0 }, 1);
  expect(view.size).toBe(40);
  const rng = Rng.fromSeed(11);
  const out = new Float32Array(view.size);
  let squares = 0;
  for (let i = 0; i < 200; i++) {
    const dense = Float32Array.from({ length: 784 }, () => 50 * rng.nextGaussian());
    const row = { raw: dense, dense, indices: new Int32Array(0), values: new Float32Array(0) };
    view.learnOne(row);
    view.write(row, out);
    squares += out.reduce((sum, value) => sum + value * value, 0) / out.length / 200;
  }
  expect(squares).toBeGreaterThan(0.8);
  expect(squares).toBeLessThan(1.2);
});

test('the default members stay within their bytes', () => {
  const bytes = (shape: Parameters<typeof defaultClassifierMembers>[0], classCount: number) =>
    defaultClassifierMembers(shape, classCount, 1).reduce(
      (total, { model }) =>
        total + Object.values(model.state().tensors).reduce((sum, { byteLength }) => sum + byteLength, 0),
      0,
    );
  expect(bytes(numericShape(20), 2)).toBeLessThan(1_200_000);
  expect(bytes({ rawSize: 784, denseSize: 784, hashSize: 0 }, 10)).toBeLessThan(1_200_000);
  expect(bytes({ rawSize: 20, denseSize: 40, hashSize: 512 }, 2)).toBeLessThan(1_200_000);
});
