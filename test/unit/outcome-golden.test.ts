import { describe, expect, test } from 'vitest';
import type { ClassificationFigures } from '../../src/monitor/outcome/classification-sums.ts';
import { ClassificationOutcome, type LabelledPrediction } from '../../src/monitor/outcome/classification-outcome.ts';
import { RankingOutcome } from '../../src/monitor/outcome/ranking-outcome.ts';
import { RegressionOutcome, type RegressionFigures } from '../../src/monitor/outcome/regression-outcome.ts';

/**
 * The golden figures come from scikit-learn 1.9.1 and NumPy 2.4.6, fed with the same numbers from this generator (Numerical Recipes, ranqd1): the sliding
 * window as the last rows, the decaying one as sample weights `2 ** (-(n - 1 - arange(n)) / half_life)`. Brier is `brier_score_loss(scale_by_half=False)`,
 * the false-positive rate is of `confusion_matrix`, and the calibration error of `numpy.average` in each of ten bins.
 */
function createUniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const labels = ['a', 'b', 'c', 'd'];

/** 500 rows of four classes with autocorrelated labels. */
function* classificationCases(): Generator<LabelledPrediction> {
  const uniform = createUniform(4711);
  let actual = 'a';
  for (let i = 0; i < 500; i++) {
    if (uniform() >= 0.5) actual = labels[Math.floor(uniform() * 4)]!;
    const weights = labels.map(() => uniform() ** 2);
    weights[labels.indexOf(actual)]! += 0.3;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const probabilities = Object.fromEntries(labels.map((label, i) => [label, weights[i]! / total]));
    yield { actual, predicted: labels[weights.indexOf(Math.max(...weights))]!, probabilities };
  }
}

const classificationGolden = {
  total: {
    count: 500,
    accuracy: 0.53,
    persistentAccuracy: 0.614,
    kappaTemporal: -0.21761658031088074,
    logLoss: 0.9758359017259643,
    brier: 0.5645412460622335,
    calibrationError: 0.06172486552585607,
    precision: [0.5448275862068965, 0.5221238938053098, 0.5619834710743802, 0.48760330578512395],
    recall: [0.5563380281690141, 0.4957983193277311, 0.5528455284552846, 0.5086206896551724],
    falsePositiveRate: [0.18435754189944134, 0.14173228346456693, 0.14058355437665782, 0.16145833333333334],
  },
  sliding: {
    count: 100,
    accuracy: 0.55,
    persistentAccuracy: 0.6,
    kappaTemporal: -0.125,
    logLoss: 0.983224079963925,
    brier: 0.5656993721738742,
    calibrationError: 0.11085717768827968,
    precision: [0.5666666666666667, 0.45454545454545453, 0.5789473684210527, 0.5862068965517241],
    recall: [0.5666666666666667, 0.47619047619047616, 0.5, 0.6296296296296297],
    falsePositiveRate: [0.18571428571428572, 0.1518987341772152, 0.10256410256410256, 0.1643835616438356],
  },
  decaying: {
    count: 72.56497378283981,
    accuracy: 0.560224627362777,
    persistentAccuracy: 0.6301940530370512,
    kappaTemporal: -0.18920578819486786,
    logLoss: 0.9681078516848112,
    brier: 0.5594554649601922,
    calibrationError: 0.10901058002386127,
    precision: [0.5053773710023878, 0.4346897148947571, 0.6200929201605129, 0.6585306951624283],
    recall: [0.563486840485926, 0.470510632270425, 0.5542370513491002, 0.616278250953198],
    falsePositiveRate: [0.18860545559003394, 0.14643550753364232, 0.10312115289575069, 0.14976909137264197],
  },
};

describe('classification against scikit-learn', () => {
  const outcome = new ClassificationOutcome({ window: 100, halfLife: 50 });
  for (const one of classificationCases()) outcome.update(one);
  const summary = outcome.summary();

  test.each(['total', 'sliding', 'decaying'] as const)('%s', (window) => {
    const figures: ClassificationFigures = summary[window]!;
    const { precision, recall, falsePositiveRate, ...means } = classificationGolden[window];
    for (const [name, value] of Object.entries(means)) {
      expect(figures[name as keyof typeof means], name).toBeCloseTo(value, 11);
    }
    labels.forEach((label, index) => {
      const ofClass = figures.classes.find((one) => one.label === label);
      expect(ofClass?.precision).toBeCloseTo(precision[index]!, 11);
      expect(ofClass?.recall).toBeCloseTo(recall[index]!, 11);
      expect(ofClass?.falsePositiveRate).toBeCloseTo(falsePositiveRate[index]!, 11);
      expect(ofClass?.falseNegativeRate).toBeCloseTo(1 - recall[index]!, 11);
    });
  });

  test('the classes count the labels', () => {
    const counts = summary.total.classes.map(({ label, count }) => [label, count]);
    expect(Object.fromEntries(counts)).toEqual({ a: 142, b: 119, c: 123, d: 116 });
  });
});

describe('regression against scikit-learn', () => {
  const uniform = createUniform(31);
  const outcome = new RegressionOutcome({ window: 64, halfLife: 30 });
  for (let i = 0; i < 300; i++) {
    const actual = 10 * uniform();
    const predicted = actual + 4 * uniform() - 1.5;
    const half = 3 * uniform();
    outcome.update({ actual, predicted, lower: predicted - half, upper: predicted + half });
  }
  const summary = outcome.summary();

  test.each([
    ['total', 1.0263144179806114, 1.2341462872827096, 0.45271468070025245, 0.68, 3.082246718639508],
    ['sliding', 1.0646840189001523, 1.2710270540778625, 0.46555726090446115, 0.671875, 3.0284683343488723],
    ['decaying', 1.0498652093324903, 1.2650985456894965, 0.5299341578052772, 0.6613180136274798, 3.006438011182817],
  ] as const)('%s', (window, absolute, squared, bias, coverage, width) => {
    const figures: RegressionFigures = summary[window]!;
    expect(figures.meanAbsoluteError).toBeCloseTo(absolute, 11);
    expect(figures.rootMeanSquaredError).toBeCloseTo(squared, 11);
    expect(figures.bias).toBeCloseTo(bias, 11);
    expect(figures.coverage).toBeCloseTo(coverage, 11);
    expect(figures.intervalWidth).toBeCloseTo(width, 11);
    expect(figures.withoutInterval).toBe(0);
  });
});

test('predicted rewards against fractional ones, as scikit-learn weighs them', () => {
  const uniform = createUniform(5);
  const outcome = new RankingOutcome();
  for (let i = 0; i < 200; i++) {
    const predicted = uniform() * 0.9 + 0.05;
    const reward = uniform() < 0.5 ? uniform() : Number(uniform() < 0.3);
    outcome.update({
      items: [{ place: 0, reward, chosen: reward > 0, completed: null, satisfaction: null, predicted }],
    });
  }
  const { logLoss, brier, bias } = outcome.summary().total;
  expect(logLoss).toBeCloseTo(0.857707655288969, 11);
  expect(brier).toBeCloseTo(0.21939748680758647, 11);
  expect(bias).toBeCloseTo(0.057277757017873264, 11);
});
