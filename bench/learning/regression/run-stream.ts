import { FeatureEncoder } from '../../../src/learners/feature-encoder.ts';
import type { OnlineRegressor } from '../../../src/learners/online-model.ts';
import type { RowShape } from '../../../src/learners/row.ts';
import { AdaptiveLinearRegressor } from '../../../src/learners/regression/adaptive-linear-regressor.ts';
import { RunningMeanRegressor } from '../../../src/learners/regression/baseline-regressors.ts';
import { defaultRegressorMembers } from '../../../src/learners/regression/default-members.ts';
import { LeastSquaresRegressor } from '../../../src/learners/regression/least-squares-regressor.ts';
import { NeighboursRegressor } from '../../../src/learners/regression/neighbours-regressor.ts';
import { RegressionEnsemble } from '../../../src/learners/regression/regression-ensemble.ts';
import { WindowForestRegressor } from '../../../src/learners/regression/window-forest-regressor.ts';
import { DEFAULT_METHOD, type MethodResult } from '../benchmark.ts';
import { RegressionScore } from './score.ts';
import type { RegressionRow } from './streams.ts';

/** Rows that are learned and not scored at first. */
const WARM_UP = 200;

/** The score of what repeats the last target is what errors are divided by. */
const LAST = 'last target';

function models(shape: RowShape, seed: number): Record<string, OnlineRegressor> {
  return {
    [DEFAULT_METHOD]: new RegressionEnsemble(defaultRegressorMembers(shape, seed)),
    'Tendril without earlier targets': new RegressionEnsemble(defaultRegressorMembers(shape, seed, { lagged: false })),
    'mean so far': new RunningMeanRegressor(),
    [LAST]: new RunningMeanRegressor(1),
    'adaptive linear': new AdaptiveLinearRegressor(shape, { learningRate: 0.5 }),
    'least squares': new LeastSquaresRegressor(shape, { forgetting: 0.9995 }),
    '7 nearest of 500': new NeighboursRegressor(shape),
    'window forest': new WindowForestRegressor(shape, seed),
  };
}

/** Test-then-train over `rows`. @param observed the targets that are learned from; scored are those of the rows */
export function runStream(
  rows: readonly RegressionRow[],
  observed: readonly number[],
  seed: number,
  monotonicMs: () => number,
): MethodResult[] {
  const width = rows[0]?.inputs.length ?? 0;
  const names = Array.from({ length: width }, (_, index) => `x${index}`);
  const item = Object.fromEntries(names.map((name) => [name, { type: 'numeric' as const }]));
  const encoder = new FeatureEncoder({ context: {}, item }, 0);
  const all = Object.entries(models(encoder.shape, seed));
  const scores = all.map(() => new RegressionScore());
  const [predictMs, learnMs]: [number[], number[]] = [[], []];
  rows.forEach(({ inputs, target }, index) => {
    const features = Object.fromEntries(names.map((name, place) => [name, inputs[place] ?? null]));
    const input = encoder.encode({}, features);
    const row = encoder.row(input);
    const seen = observed[index]!;
    all.forEach(([, model], place) => {
      const score = scores[place]!;
      const begun = monotonicMs();
      const interval = model instanceof RegressionEnsemble ? model.predictIntervalOne(row) : undefined;
      const value = interval?.value ?? model.predictOne(row);
      const predicted = monotonicMs();
      model.learnOne(row, seen, 1);
      if (place === 0) predictMs.push(predicted - begun);
      if (place === 0) learnMs.push(monotonicMs() - predicted);
      if (index < WARM_UP) return;
      score.update(value, target);
      if (interval) score.updateInterval(interval.lower, interval.upper, seen);
    });
    encoder.learnOne(input);
  });
  const last = scores[all.findIndex(([name]) => name === LAST)]!;
  return all.map(([method, model], place) => ({
    method,
    metrics: scores[place]!.metrics(last),
    ...(place === 0 && {
      cost: { predictUs: medianUs(predictMs), learnUs: medianUs(learnMs), stateBytes: bytesOf(model) },
    }),
  }));
}

export function medianUs(milliseconds: number[]): number {
  return 1000 * (milliseconds.sort((a, b) => a - b)[milliseconds.length >> 1] ?? 0);
}

export function bytesOf(model: Pick<OnlineRegressor, 'state'>): number {
  return Object.values(model.state().tensors).reduce((sum, tensor) => sum + tensor.byteLength, 0);
}
