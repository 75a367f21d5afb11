import { Rng } from '../../src/core/rng.ts';
import { DEFAULT_METHOD, type LearningBenchmark } from './benchmark.ts';
import { corrupted } from './regression/corrupt.ts';
import { ELEC2_FILE, elec2Columns } from './regression/elec2.ts';
import { runSeries } from './regression/run-series.ts';
import { seasonalSeries } from './regression/series.ts';

const VALUES = 2000;
const DAY = 48;
const WEEK = 7 * DAY;
const seeds = [1, 2, 3, 4, 5] as const;

const metrics =
  'A forecast after each value, the first 500 not scored; mase@h is the mean absolute error h steps ahead over that of the last value, coverage and width are of the 90 % intervals. No figures of others are known for this protocol.';

const synthetic: LearningBenchmark = {
  key: 'forecasting-synthetic',
  title: 'Forecasting: a season that wanders, levels that jump',
  protocol: `${VALUES} seeded values, season 24. ${metrics}`,
  files: [],
  seeds,
  goals: [],
  published: [],
  run: async (seed, { monotonicMs }) => {
    const values = seasonalSeries(VALUES, Rng.fromSeed(seed));
    const methods = { [DEFAULT_METHOD]: { horizon: 24, season: 24 } };
    return runSeries({ values, observed: values, horizons: [1, 4, 24], season: 24, methods }, monotonicMs);
  },
};

const elec2 = (column: string, share: number): LearningBenchmark => ({
  key: `forecasting-${column}${share > 0 ? '-corrupted' : ''}`,
  title: `Forecasting: ${column} of Elec2${share > 0 ? ', a fifth corrupted' : ''}`,
  protocol: `${VALUES} half hours of ${column}, a different stretch for each seed, season 48${share > 0 ? `; ${100 * share} % of the values that are seen are three times another one, and the true ones are scored (coverage: those that are seen)` : ''}. ${metrics}`,
  files: [ELEC2_FILE],
  seeds,
  goals: [],
  published: [],
  run: async (seed, { dataFile, monotonicMs }) => {
    const start = 2000 + (seed - 1) * 8000;
    const values = ((await elec2Columns(dataFile(ELEC2_FILE)))[column] ?? []).slice(start, start + VALUES);
    const observed = share > 0 ? corrupted(values, share, Rng.fromSeed(seed)) : values;
    const methods = {
      [DEFAULT_METHOD]: { horizon: DAY, season: DAY },
      ...(share === 0 && { 'Tendril, day and week declared': { horizon: DAY, season: [DAY, WEEK] } }),
    };
    return runSeries({ values, observed, horizons: [1, 4, DAY], season: DAY, methods }, monotonicMs);
  },
});

export const forecastingBenchmarks: readonly LearningBenchmark[] = [
  synthetic,
  elec2('nswdemand', 0),
  elec2('nswprice', 0),
  elec2('nswdemand', 0.2),
];
