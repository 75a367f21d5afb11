import { Rng } from '../../src/core/rng.ts';
import { PerformanceEstimator, type PerformanceMeasure } from '../../src/monitor/confidence/performance-estimator.ts';
import { quantile } from '../lib/quantile.ts';
import type { Figure, FigureSection } from '../sections/section.ts';

const [LABELS, WAITING, RUNS] = [1000, 500, 200];
const MEASURES: readonly PerformanceMeasure[] = ['accuracy', 'log-loss', 'reward'];

interface World {
  /** Middle of the inputs, which have two coordinates. */
  readonly middle: number;
  /** Whether inputs mean the opposite of what they did. */
  readonly isTurned: boolean;
}

interface Said {
  readonly said: number;
  readonly outcome: number;
}

const sigmoid = (line: number): number => 1 / (1 + Math.exp(-line));

/**
 * Three classes with true log-odds that are linear in two coordinates; the model knows them too surely by a half, and one class too well by one. Where the middle is 0, classes
 * are hard to tell apart; far from it they are easy.
 */
function decide(rng: Rng, { middle, isTurned }: World): Readonly<Record<PerformanceMeasure, Said>> {
  const [x, y] = [middle + rng.nextGaussian(), middle / 2 + rng.nextGaussian()];
  const lines = [1.4 * x, 1.4 * y, -0.7 * (x + y)];
  const truth = softmax(isTurned ? lines.map((line) => -line) : lines);
  const model = softmax(lines.map((line, i) => 1.5 * line + Number(i === 0)));
  const label = drawn(rng, truth);
  const said = Math.max(...model);
  const entropy = -model.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
  // A click on one item, of which the model expects too much.
  const chance = sigmoid((isTurned ? -x : x) - 1.5);
  return {
    accuracy: { said, outcome: Number(model.indexOf(said) === label) },
    'log-loss': { said: entropy, outcome: -Math.log(Math.max(1e-15, model[label]!)) },
    reward: { said: sigmoid(1.3 * (x - 1.5) + 0.5), outcome: Number(rng.nextFloat() < chance) },
  };
}

function softmax(lines: readonly number[]): number[] {
  const top = Math.max(...lines);
  const weights = lines.map((line) => Math.exp(line - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function drawn(rng: Rng, chances: readonly number[]): number {
  let left = rng.nextFloat();
  return Math.max(
    0,
    chances.findIndex((chance) => (left -= chance) < 0),
  );
}

interface Run {
  readonly value: number | null;
  readonly actual: number;
  readonly believed: number;
  readonly holds: boolean;
}

function runOf(measure: PerformanceMeasure, seed: number, before: World, after: World): Run {
  const [rng, estimator] = [Rng.fromSeed(seed), new PerformanceEstimator(measure)];
  for (let i = 0; i < LABELS; i++) {
    const { said, outcome } = decide(rng, before)[measure];
    estimator.label(said, outcome);
  }
  let [actual, believed] = [0, 0];
  for (let i = 0; i < WAITING; i++) {
    const { said, outcome } = decide(rng, after)[measure];
    estimator.decide(said);
    actual += outcome / WAITING;
    believed += said / WAITING;
  }
  const estimate = estimator.estimate();
  if (estimate.status === 'refused') return { value: null, actual, believed, holds: false };
  const { value, lower, upper } = estimate;
  return { value, actual, believed, holds: lower <= actual && actual <= upper };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const easy: World = { middle: 1, isTurned: false };
const worlds = { same: easy, harder: { middle: 0, isTurned: false }, easier: { middle: 1.6, isTurned: false } };
const units = { accuracy: 'share', 'log-loss': 'nats', reward: 'reward' } as const;

/** Where inputs move and what they mean stays. */
function covariateFigures(measure: PerformanceMeasure): Figure[] {
  return Object.entries(worlds).flatMap(([name, world]): Figure[] => {
    const runs = Array.from({ length: RUNS }, (_, i) => runOf(measure, 90_001 + 7 * i, easy, world));
    const estimated = runs.flatMap(({ value, ...run }) => (value === null ? [] : [{ value, ...run }]));
    const error = Math.abs(mean(estimated.map(({ value, actual }) => value - actual)));
    const spread = mean(estimated.map(({ value, actual }) => Math.abs(value - actual)));
    const believed = mean(runs.map((run) => Math.abs(run.believed - run.actual)));
    const actual = mean(runs.map((run) => run.actual)).toFixed(3);
    return [
      {
        what: `${measure}, inputs ${name}: mean error of the estimates`,
        value: error,
        unit: units[measure],
        goal: { atMost: measure === 'log-loss' ? 0.05 : 0.02 },
        note: `of ${actual} on average; one estimate is off by ${spread.toFixed(3)}, what the model says of itself by ${believed.toFixed(3)}; ${RUNS - estimated.length} refused`,
      },
      {
        what: `${measure}, inputs ${name}: 95 % intervals that held`,
        value: 100 * mean(estimated.map(({ holds }) => Number(holds))),
        unit: '%',
        goal: { atLeast: 90 },
      },
    ];
  });
}

/** Where what inputs mean is turned round: what an estimate without labels cannot see, and how soon labels show it. */
function conceptFigures(): Figure[] {
  const turned: World = { ...easy, isTurned: true };
  const runs = Array.from({ length: RUNS }, (_, i) => runOf('accuracy', 50_001 + 7 * i, easy, turned));
  const errors = runs.map(({ value, actual }) => (value ?? actual) - actual);
  const labels = Array.from({ length: RUNS }, (_, i) => labelsUntilRefusal(50_001 + 7 * i, turned));
  return [
    {
      what: 'accuracy, meaning turned round: mean error of the estimates',
      value: mean(errors),
      unit: 'share',
      note: 'cannot be known without labels',
    },
    {
      what: 'labels until that is refused, median',
      value: quantile(labels, 0.5),
      unit: 'labels',
      goal: { atMost: 50 },
    },
    { what: 'labels until that is refused, p95', value: quantile(labels, 0.95), unit: 'labels' },
  ];
}

function labelsUntilRefusal(seed: number, turned: World): number {
  const [rng, estimator] = [Rng.fromSeed(seed), new PerformanceEstimator('accuracy')];
  const learn = (world: World): void => {
    const { said, outcome } = decide(rng, world).accuracy;
    estimator.label(said, outcome);
  };
  for (let i = 0; i < LABELS; i++) learn(easy);
  for (let i = 0; i < WAITING; i++) estimator.decide(decide(rng, turned).accuracy.said);
  let labels = 0;
  while (labels < WAITING / 2 && estimator.estimate().status === 'estimated') {
    learn(turned);
    labels++;
  }
  return labels;
}

/** Labels of an unchanged stream, and how many looks at it are refused. */
function refusalFigure(): Figure {
  let [looks, refused] = [0, 0];
  for (let run = 0; run < 50; run++) {
    const [rng, estimator] = [Rng.fromSeed(70_001 + run), new PerformanceEstimator('accuracy')];
    for (let i = 0; i < 4000; i++) {
      const { said, outcome } = decide(rng, easy).accuracy;
      estimator.decide(said);
      if (i >= 100) estimator.label(said, outcome);
      if (i < 300 || i % 50 > 0) continue;
      looks++;
      refused += Number(estimator.estimate().status === 'refused');
    }
  }
  return {
    what: 'looks at an unchanged stream that are refused',
    value: (100 * refused) / looks,
    unit: '%',
    goal: { atMost: 1 },
  };
}

function costFigures(): Figure[] {
  const [rng, estimator] = [Rng.fromSeed(1), new PerformanceEstimator('accuracy')];
  const decisions = Array.from({ length: 4000 }, () => decide(rng, easy).accuracy);
  const before = process.cpuUsage();
  for (const { said, outcome } of decisions) {
    estimator.decide(said);
    estimator.label(said, outcome);
  }
  const { user, system } = process.cpuUsage(before);
  const microseconds = (user + system) / decisions.length;
  return [
    { what: 'state', value: JSON.stringify(estimator.state()).length, unit: 'bytes of JSON' },
    { what: 'a decision and its label', value: microseconds, unit: 'µs', note: 'processor time' },
  ];
}

export const lateLabels: FigureSection = {
  key: 'late-labels',
  title: 'Performance before labels come',
  protocol: `Three classes with linear log-odds and a model that is too sure of them; ${LABELS.toLocaleString('en-GB')} labelled decisions, then ${WAITING} that wait, whose inputs are as before, harder or easier to tell apart. The estimate is held against what the labels of these decisions give when they come; ${RUNS} runs. Constants were chosen on two classes with one input.`,
  async measure() {
    return [...MEASURES.flatMap(covariateFigures), ...conceptFigures(), refusalFigure(), ...costFigures()];
  },
};
