import { Rng } from '../../src/core/rng.ts';
import type { BenchmarkContext, LearningBenchmark } from './benchmark.ts';
import { corrupted } from './regression/corrupt.ts';
import { ELEC2_FILE, elec2Columns } from './regression/elec2.ts';
import { runStream } from './regression/run-stream.ts';
import {
  friedmanDrift,
  switchingRegimes,
  wanderingLinear,
  type RegressionRow,
  type RegressionStream,
} from './regression/streams.ts';

const ROWS = 3000;
const CORRUPTED = 0.2;
const seeds = [1, 2, 3, 4, 5] as const;

const metrics =
  'Test-then-train, the first 200 rows not scored; mase is the mean absolute error over that of repeating the last target, coverage and width are of the 90 % intervals. No figures of others are known for this stream.';

const synthetic = (key: string, title: string, stream: RegressionStream): LearningBenchmark => ({
  key,
  title,
  protocol: `${title}: ${ROWS} seeded rows. ${metrics}`,
  files: [],
  seeds,
  goals: [],
  published: [],
  run: async (seed, { monotonicMs }) => {
    const rows = [...stream(ROWS, Rng.fromSeed(seed))];
    return runStream(rows, targetsOf(rows), seed, monotonicMs);
  },
});

const elec2 = (key: string, title: string, share: number): LearningBenchmark => ({
  key,
  title,
  protocol: `nswdemand of Elec2 from day, period, nswprice, vicprice, vicdemand and transfer: ${ROWS} half hours, a different stretch for each seed${share > 0 ? `; ${100 * share} % of the targets that are learned are three times another one, and the true ones are scored (coverage: those that are learned)` : ''}. ${metrics}`,
  files: [ELEC2_FILE],
  seeds,
  goals: [],
  published: [],
  run: async (seed, context) => {
    const rows = await demandRows(seed, context);
    const observed = share > 0 ? corrupted(targetsOf(rows), share, Rng.fromSeed(seed)) : targetsOf(rows);
    return runStream(rows, observed, seed, context.monotonicMs);
  },
});

async function demandRows(seed: number, { dataFile }: BenchmarkContext): Promise<RegressionRow[]> {
  const columns = await elec2Columns(dataFile(ELEC2_FILE));
  const inputs = ['day', 'period', 'nswprice', 'vicprice', 'vicdemand', 'transfer'].map((name) => columns[name] ?? []);
  // The first third has no figures of Victoria.
  const start = 15_000 + (seed - 1) * 6000;
  const targets = columns['nswdemand'] ?? [];
  return targets.slice(start, start + ROWS).map((target, index) => ({
    inputs: inputs.map((column) => column[start + index] ?? null),
    target,
  }));
}

const targetsOf = (rows: readonly RegressionRow[]) => rows.map(({ target }) => target);

export const regressionBenchmarks: readonly LearningBenchmark[] = [
  synthetic('regression-friedman', 'Regression: Friedman with drift', friedmanDrift),
  synthetic('regression-linear', 'Regression: wandering linear, wild targets', wanderingLinear),
  synthetic('regression-regimes', 'Regression: regimes that come back', switchingRegimes),
  elec2('regression-elec2', 'Regression: demand of Elec2', 0),
  elec2('regression-elec2-corrupted', 'Regression: demand of Elec2, a fifth corrupted', CORRUPTED),
];
