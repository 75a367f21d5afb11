import { describe, expect, test } from 'vitest';
import { Accuracy } from '../../src/monitor/accuracy.ts';
import { CohenKappa } from '../../src/monitor/cohen-kappa.ts';
import { ExactQuantiles } from '../../src/monitor/exact-quantiles.ts';
import { KappaTemporal, kappaTemporal } from '../../src/monitor/kappa-temporal.ts';
import { LogLoss } from '../../src/monitor/log-loss.ts';

/** The golden figures come from River 0.26.1 and NumPy, fed with the same numbers from this generator (Numerical Recipes, ranqd1). */
function createUniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Case {
  readonly actual: string;
  readonly predicted: string;
  readonly probabilities: Record<string, number>;
}

/** 400 rows of three classes with autocorrelated labels. */
function* multiclassCases(): Generator<Case> {
  const uniform = createUniform(12345);
  const labels = ['a', 'b', 'c'];
  let actual = 'a';
  for (let i = 0; i < 400; i++) {
    if (uniform() >= 0.6) actual = labels[Math.floor(uniform() * 3)] ?? '';
    const weights = labels.map(() => uniform() ** 3);
    const index = labels.indexOf(actual);
    weights[index] = (weights[index] ?? 0) + 0.2;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const probabilities = Object.fromEntries(labels.map((label, i) => [label, (weights[i] ?? 0) / total]));
    const predicted = labels[weights.indexOf(Math.max(...weights))] ?? '';
    yield { actual, predicted, probabilities };
  }
}

/** 400 rows of two classes; every 50th gives the class `true` a probability of exactly 0. */
function* binaryCases(): Generator<Case> {
  const uniform = createUniform(777);
  for (let i = 0; i < 400; i++) {
    const positive = uniform() < 0.3;
    let probability = uniform();
    if (i % 50 === 0) probability = 0;
    if (positive && uniform() < 0.5) probability = 1 - (1 - probability) * 0.2;
    const probabilities = { true: probability, false: 1 - probability };
    yield { actual: String(positive), predicted: String(probability > 0.5), probabilities };
  }
}

describe('against River', () => {
  test('multiclass accuracy, kappa, cross-entropy and kappa-temporal', () => {
    const [accuracy, kappa, logLoss, temporal] = [new Accuracy(), new CohenKappa(), new LogLoss(), new KappaTemporal()];
    for (const { actual, predicted, probabilities } of multiclassCases()) {
      accuracy.update(actual, predicted);
      kappa.update(actual, predicted);
      logLoss.update(actual, probabilities);
      temporal.update(actual, predicted);
    }
    expect(accuracy.get()).toBe(0.5925);
    expect(kappa.get()).toBeCloseTo(0.38462119281554685, 12);
    expect(logLoss.get()).toBeCloseTo(0.7453712084823853, 12);
    expect(temporal.get()).toBeCloseTo(-0.4684684684684685, 12);
  });

  test('binary accuracy, kappa and log loss', () => {
    const [accuracy, kappa, logLoss] = [new Accuracy(), new CohenKappa(), new LogLoss()];
    for (const { actual, predicted, probabilities } of binaryCases()) {
      accuracy.update(actual, predicted);
      kappa.update(actual, predicted);
      logLoss.update(actual, probabilities);
    }
    expect(accuracy.get()).toBe(0.59);
    expect(kappa.get()).toBeCloseTo(0.22331936255357426, 12);
    expect(logLoss.get()).toBeCloseTo(0.782485803496057, 12);
  });

  test('the example of the CohenKappa docstring', () => {
    const kappa = new CohenKappa();
    const predicted = ['ant', 'ant', 'cat', 'cat', 'ant', 'cat'];
    ['cat', 'ant', 'cat', 'cat', 'ant', 'bird'].forEach((actual, i) => kappa.update(actual, predicted[i] ?? null));
    expect(kappa.get()).toBeCloseTo(3 / 7, 12);
  });
});

describe('a prediction before any class is known', () => {
  test('counts as wrong and costs the clipped probability', () => {
    const [accuracy, logLoss, kappa] = [new Accuracy(), new LogLoss(), new CohenKappa()];
    accuracy.update('up', null);
    accuracy.update('up', 'up');
    logLoss.update('up', {});
    kappa.update('up', null);
    expect(accuracy.get()).toBe(0.5);
    expect(logLoss.get()).toBeCloseTo(-Math.log(1e-15), 12);
    expect(kappa.get()).toBe(0);
  });

  test('a class named like a member of Object.prototype has no probability of its own', () => {
    const logLoss = new LogLoss();
    logLoss.update('constructor', { other: 1 });
    expect(logLoss.get()).toBeCloseTo(-Math.log(1e-15), 12);
  });
});

describe('kappa-temporal', () => {
  test('is 0 for the no-change classifier itself, its first prediction being wrong', () => {
    const temporal = new KappaTemporal();
    const labels = ['a', 'a', 'b', 'b', 'b', 'a'];
    labels.forEach((label, i) => temporal.update(label, labels[i - 1] ?? null));
    expect(temporal.get()).toBe(0);
  });

  test('is null without rows, and where the no-change classifier is never wrong', () => {
    expect(new KappaTemporal().get()).toBeNull();
    expect(kappaTemporal(0.9, 1)).toBeNull();
  });

  test('of published accuracies: River’s logistic regression on Elec2 is worse than repeating the last label', () => {
    expect(kappaTemporal(0.822144, 0.853303)).toBeCloseTo(-0.212404, 6);
  });
});

test('exact quantiles equal those of NumPy', () => {
  const uniform = createUniform(99);
  const quantiles = new ExactQuantiles();
  const seen = new Map<number, [number, number]>();
  for (let n = 1; n <= 101; n++) {
    quantiles.update(uniform() ** 4 * 30);
    seen.set(n, [quantiles.get(0.5), quantiles.get(0.95)]);
  }
  const golden: [number, number, number][] = [
    [1, 0.17017017487711458, 0.17017017487711458],
    [2, 0.1517938711196736, 0.16833254450137047],
    [100, 2.1665224490244595, 23.875252650557034],
    [101, 2.198223352487213, 23.80912499677244],
  ];
  for (const [n, p50, p95] of golden) {
    expect(seen.get(n)?.[0]).toBeCloseTo(p50, 12);
    expect(seen.get(n)?.[1]).toBeCloseTo(p95, 12);
  }
  expect(new ExactQuantiles().get(0.5)).toBe(0);
});
