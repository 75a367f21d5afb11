import { Rng } from '../../src/core/rng.ts';
import { Combiner } from '../../src/learners/combiner.ts';
import { AdaptiveForest } from '../../src/learners/members/adaptive-forest.ts';
import { BinnedInteractions } from '../../src/learners/members/binned-interactions.ts';
import { rememberingOf, type ClassifierMember } from '../../src/learners/members/default-members.ts';
import { KernelRidge } from '../../src/learners/members/kernel-ridge.ts';
import { LinearClassifier } from '../../src/learners/members/linear-classifier.ts';
import { MondrianForest } from '../../src/learners/members/mondrian-forest.ts';
import { NaiveBayes } from '../../src/learners/members/naive-bayes.ts';
import { NearestNeighbours } from '../../src/learners/members/nearest-neighbours.ts';
import { NewtonClassifier } from '../../src/learners/members/newton-classifier.ts';
import { TemporalContext } from '../../src/learners/members/temporal-context.ts';
import type { OnlineClassifier } from '../../src/learners/online-model.ts';
import type { Row, RowShape } from '../../src/learners/row.ts';

type Create = (shape: RowShape, classCount: number) => OnlineClassifier;

const linear =
  (steps: 'adagrad' | 'constant'): Create =>
  (shape, classes) =>
    new LinearClassifier(shape, classes, { steps, rate: 0.2 });

export const classifiers: Readonly<Record<string, Create>> = {
  'linear, adagrad': linear('adagrad'),
  'linear, constant': linear('constant'),
  'binned interactions': (shape, classes) =>
    new BinnedInteractions(shape, classes, { rate: 0.1, pairs: 100, triples: 60, places: 1024, seed: 3 }),
  'naive Bayes': (shape, classes) => new NaiveBayes(shape, classes, { window: 100 }),
  'nearest neighbours': (shape, classes) =>
    new NearestNeighbours(shape, classes, { neighbours: 5, window: 100, numbers: 2000, seed: 3 }),
  'kernel ridge': (shape, classes) => new KernelRidge(shape, classes, { features: 24, drift: 1e-5, seed: 3 }),
  'adaptive forest': (shape, classes) => new AdaptiveForest(shape, classes, { trees: 4, bytes: 60_000, seed: 3 }),
  'Mondrian forest': (shape, classes) =>
    new MondrianForest(shape, classes, { trees: 3, bytes: 40_000, window: 500, seed: 3 }),
  'linear in context': (shape, classes) => new TemporalContext(shape, classes, linear('adagrad')),
  Newton: (shape, classes) => new NewtonClassifier(shape, classes, { drift: 1e-4 }),
};

/** What the tests drive. */
export type Classifier = Pick<OnlineClassifier, 'predictProbaOne' | 'learnOne'>;

/** Members and their combiner as one, in the order in which the ensemble asks and teaches them. */
export function combined(members: readonly ClassifierMember[], classCount: number): Classifier {
  const combiner = new Combiner(members.length, classCount, rememberingOf(members));
  const probabilities = new Float64Array(members.length * classCount);
  const ask = (row: Row) => {
    members.forEach(({ model }, index) => {
      model.predictProbaOne(row, probabilities.subarray(index * classCount, (index + 1) * classCount));
    });
  };
  return {
    predictProbaOne(row, out) {
      ask(row);
      combiner.predictProba(probabilities, out);
    },
    learnOne(row, label, weight) {
      ask(row);
      combiner.learnOne(probabilities, label, weight);
      for (const { model } of members) model.learnOne(row, label, weight);
    },
  };
}

export interface Labelled {
  readonly row: Row;
  readonly label: number;
}

/** Two numbers, an embedding of three and a category in a hashed block of 16. */
export const mixedShape: RowShape = { rawSize: 5, denseSize: 7, hashSize: 16 };

/** Every kind of feature says something about the class; now and then a number is missing. */
export function mixedRows(count: number, classCount: number, seed: number): Labelled[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, () => {
    const label = rng.nextInt(classCount);
    const isMissing = rng.nextFloat() < 0.1;
    const [first, second] = [label - classCount / 2 + 0.7 * rng.nextGaussian(), rng.nextGaussian()];
    const embedding = [0, 1, 2].map((place) => (place === label % 3 ? 1 : 0) + 0.3 * rng.nextGaussian());
    const category = rng.nextFloat() < 0.7 ? label % 8 : rng.nextInt(8);
    return {
      label,
      row: {
        raw: Float32Array.from([isMissing ? NaN : first, second, ...embedding]),
        dense: Float32Array.from([isMissing ? 0 : first, isMissing ? 1 : 0, second, 0, ...embedding]),
        indices: Int32Array.from([category, 8 + ((category * 3) % 8)]),
        values: Float32Array.from([1, category % 2 === 0 ? 1 : -1]),
      },
    };
  });
}

/** Numbers alone, in standard units. */
export function numericRow(...values: number[]): Row {
  const dense = new Float32Array(2 * values.length);
  values.forEach((value, index) => (dense[2 * index] = value));
  return { raw: Float32Array.from(values), dense, indices: new Int32Array(0), values: new Float32Array(0) };
}

export const numericShape = (size: number): RowShape => ({ rawSize: size, denseSize: 2 * size, hashSize: 0 });

export function learnAll(model: Classifier, rows: readonly Labelled[]): void {
  for (const { row, label } of rows) model.learnOne(row, label, 1);
}

export function predictions(model: Classifier, rows: readonly Labelled[], classCount: number): number[][] {
  const out = new Float64Array(classCount);
  return rows.map(({ row }) => {
    model.predictProbaOne(row, out);
    return [...out];
  });
}

export function accuracyOf(model: Classifier, rows: readonly Labelled[], classCount: number): number {
  const right = predictions(model, rows, classCount).filter(
    (probabilities, index) => probabilities.indexOf(Math.max(...probabilities)) === rows[index]?.label,
  );
  return right.length / rows.length;
}
