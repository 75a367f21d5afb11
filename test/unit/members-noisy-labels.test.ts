import { expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { LinearClassifier } from '../../src/learners/members/linear-classifier.ts';
import { NewtonClassifier } from '../../src/learners/members/newton-classifier.ts';
import { NoiseRates } from '../../src/learners/members/noise-rates.ts';
import { expectCode } from '../support/expect-code.ts';
import { accuracyOf, learnAll, numericRow, numericShape, type Labelled } from './members-fixture.ts';

/** A plane through six numbers; labels of each class are wrong with a chance of its own. */
function rows(count: number, seed: number, wrong: readonly [number, number] = [0, 0], side = 1): Labelled[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, () => {
    const x = Array.from({ length: 6 }, () => rng.nextGaussian());
    const label = side * (x[0]! + 2 * x[1]! - x[2]!) > 0 ? 1 : 0;
    return { row: numericRow(...x), label: rng.nextFloat() < wrong[label] ? 1 - label : label };
  });
}
const newton = () => new NewtonClassifier(numericShape(6), 2, { drift: 1e-4 });
const held = rows(1000, 99);

test('a second-order step learns a plane from few rows', () => {
  const [second, first] = [newton(), new LinearClassifier(numericShape(6), 2, { steps: 'adagrad', rate: 0.3 })];
  for (const model of [second, first]) learnAll(model, rows(150, 1));
  expect(accuracyOf(second, held, 2)).toBeGreaterThan(0.94);
  expect(accuracyOf(second, held, 2)).toBeGreaterThan(accuracyOf(first, held, 2));
});

test('wrong labels, more of one class than of the other, leave the boundary where it is', () => {
  const [robust, plain] = [newton(), new LinearClassifier(numericShape(6), 2, { steps: 'adagrad', rate: 0.3 })];
  for (const model of [robust, plain]) learnAll(model, rows(5000, 2, [0.35, 0.05]));
  expect(accuracyOf(robust, held, 2)).toBeGreaterThan(0.88);
  expect(accuracyOf(robust, held, 2)).toBeGreaterThan(accuracyOf(plain, held, 2) + 0.08);
});

test('a concept that turns round is drift, not noise', () => {
  const model = newton();
  learnAll(model, rows(1000, 3));
  learnAll(model, rows(1000, 4, [0, 0], -1));
  expect(accuracyOf(model, rows(1000, 5, [0, 0], -1), 2)).toBeGreaterThan(0.9);
});

test('finds how often the labels of each class are wrong', () => {
  const [rng, noise, posterior] = [Rng.fromSeed(6), new NoiseRates(3), new Float64Array(3)];
  const wrong = [0.3, 0.1, 0];
  for (let i = 0; i < 4000; i++) {
    const truth = rng.nextInt(3);
    const said = Float64Array.from({ length: 3 }, (_, c) => (c === truth ? 0.98 : 0.01));
    const label = rng.nextFloat() < wrong[truth]! ? (truth + 1 + rng.nextInt(2)) % 3 : truth;
    noise.posterior(said, label, posterior);
    noise.learnOne(posterior, label, 1);
  }
  wrong.forEach((rate, c) => expect(Math.abs(noise.rateOf(c) - rate)).toBeLessThan(0.08));
  expect(noise.rateInto(2)).toBeCloseTo((noise.rateOf(0) + noise.rateOf(1)) / 4, 9);
});

test('probabilities of the label and of the truth follow from each other', () => {
  const [noise, posterior] = [new NoiseRates(3), new Float64Array(3)];
  const truth = Float64Array.from([0.7, 0.2, 0.1]);
  const label = truth.slice();
  noise.toLabel(label);
  expect(label.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  const expected = new Float64Array(3);
  for (let given = 0; given < 3; given++) {
    noise.posterior(truth, given, posterior);
    for (let c = 0; c < 3; c++) expected[c]! += label[given]! * posterior[c]!;
  }
  expected.forEach((value, c) => expect(value).toBeCloseTo(truth[c]!, 12));
});

test('labels that suddenly seem wrong are believed', () => {
  const [noise, posterior] = [new NoiseRates(2), new Float64Array(2)];
  const learn = (label: number) => {
    noise.posterior(Float64Array.from([0.95, 0.05]), label, posterior);
    noise.learnOne(posterior, label, 1);
  };
  for (let i = 0; i < 500; i++) learn(i % 10 === 0 ? 1 : 0);
  expect(noise.isDrift).toBe(false);
  for (let i = 0; i < 20; i++) learn(1);
  expect(noise.isDrift).toBe(true);
});

test('a state with places that are not in order, or with a negative variance, is refused', async () => {
  const model = newton();
  learnAll(model, rows(50, 7));
  const state = structuredClone(model.state());
  (state.tensors['model.places'] as Int32Array)[0] = 3;
  await expectCode(() => newton().restore(state), 'CHECKPOINT_CORRUPT');
  const other = structuredClone(model.state());
  (other.tensors['covariance.values'] as Float64Array)[0] = -1;
  await expectCode(() => newton().restore(other), 'CHECKPOINT_CORRUPT');
});
