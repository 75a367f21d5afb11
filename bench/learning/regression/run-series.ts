import { Forecaster, type ForecastStep } from '../../../src/learners/forecasting/forecaster.ts';
import type { ForecasterOptions } from '../../../src/learners/forecasting/forecast-options.ts';
import { DEFAULT_METHOD, type MethodResult } from '../benchmark.ts';
import { bytesOf, medianUs } from './run-stream.ts';
import { RegressionScore } from './score.ts';

const WARM_UP = 500;

export interface SeriesRun {
  /** What is scored. */
  readonly values: readonly number[];
  /** What is learned. */
  readonly observed: readonly number[];
  /** Scored horizons. */
  readonly horizons: readonly number[];
  readonly season: number;
  readonly methods: Readonly<Record<string, ForecasterOptions>>;
}

/** Forecasts after each value; scored at several horizons, beside repeating the last value and the last season as they were observed. */
export function runSeries(run: SeriesRun, monotonicMs: () => number): MethodResult[] {
  const { values, horizons, season } = run;
  const last = horizons.map(() => new RegressionScore());
  const seasonal = horizons.map(() => new RegressionScore());
  eachScored(run, (time, horizon, index) => {
    last[index]!.update(run.observed[time]!, values[time + horizon]!);
    const back = time + horizon - season * Math.ceil(horizon / season);
    seasonal[index]!.update(run.observed[back]!, values[time + horizon]!);
  });
  return [
    ...Object.entries(run.methods).map(([method, options]) => runForecaster(method, options, run, last, monotonicMs)),
    { method: 'last value', metrics: metricsOf(last, last, horizons) },
    { method: 'last season', metrics: metricsOf(seasonal, last, horizons) },
  ];
}

function runForecaster(
  method: string,
  options: ForecasterOptions,
  run: SeriesRun,
  baseline: readonly RegressionScore[],
  monotonicMs: () => number,
): MethodResult {
  const forecaster = new Forecaster(options);
  const forecasts: ForecastStep[][] = [];
  const [predictMs, learnMs]: [number[], number[]] = [[], []];
  run.observed.forEach((value, time) => {
    const begun = monotonicMs();
    forecaster.observe({ time, value });
    const learned = monotonicMs();
    forecasts.push(forecaster.forecast());
    learnMs.push(learned - begun);
    predictMs.push(monotonicMs() - learned);
  });
  const scores = run.horizons.map(() => new RegressionScore());
  eachScored(run, (time, horizon, index) => {
    const step = forecasts[time]![horizon - 1]!;
    scores[index]!.update(step.value, run.values[time + horizon]!);
    scores[index]!.updateInterval(step.lower, step.upper, run.observed[time + horizon]!);
  });
  const cost = { predictUs: medianUs(predictMs), learnUs: medianUs(learnMs), stateBytes: bytesOf(forecaster) };
  const metrics = metricsOf(scores, baseline, run.horizons);
  return {
    method,
    metrics,
    ...(method === DEFAULT_METHOD && { cost, note: 'cost: of a whole forecast, all horizons' }),
  };
}

function eachScored(
  { values, horizons }: SeriesRun,
  visit: (time: number, horizon: number, index: number) => void,
): void {
  for (let time = WARM_UP; time < values.length; time++) {
    horizons.forEach((horizon, index) => {
      if (time + horizon < values.length) visit(time, horizon, index);
    });
  }
}

function metricsOf(
  scores: readonly RegressionScore[],
  baseline: readonly RegressionScore[],
  horizons: readonly number[],
): Record<string, number> {
  const each = scores.map((score, index) => score.metrics(baseline[index]!, `@${horizons[index]!}`));
  return Object.assign({}, ...each) as Record<string, number>;
}
