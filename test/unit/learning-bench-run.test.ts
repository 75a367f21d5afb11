import { expect, test } from 'vitest';
import { parseLearningArguments } from '../../bench/learning/harness/arguments.ts';
import { limited } from '../../bench/learning/harness/limited.ts';
import type { LearningBenchmark } from '../../bench/learning/benchmark.ts';
import { runBenchmark, type RunOptions } from '../../bench/learning/run-benchmarks.ts';
import { fakeBenchmark } from './learning-bench-fixture.ts';

const context = { dataFile: (name: string) => name, monotonicMs: () => 0, log: () => undefined };

function options(benchmark: LearningBenchmark, given: Partial<RunOptions> = {}): RunOptions {
  return {
    seeds: null,
    jobs: 1,
    machine: { machine: 'm', node: 'v20', commit: 'abc' },
    runSeed: (_, seed) => benchmark.run(seed, context),
    log: () => undefined,
    monotonicMs: () => 0,
    ...given,
  };
}

test('every seed of the benchmark runs, and what ran it is kept', async () => {
  const benchmark = fakeBenchmark();
  const outcome = await runBenchmark(benchmark, options(benchmark, { jobs: 2 }));
  expect(outcome).toMatchObject({
    type: 'measured',
    result: { title: 'Fake', seeds: [1, 2, 3], machine: 'm', node: 'v20', commit: 'abc', jobs: 2 },
  });
  const [own] = outcome.type === 'measured' ? outcome.result.methods : [];
  expect(own?.metrics.accuracy?.values).toEqual([0.1, 0.2, 0.3]);
});

test('seeds that are asked for replace those of the benchmark', async () => {
  const benchmark = fakeBenchmark();
  const outcome = await runBenchmark(benchmark, options(benchmark, { seeds: [7] }));
  expect(outcome).toMatchObject({ type: 'measured', result: { seeds: [7] } });
});

test('one seed that fails takes the result with it, and the other seeds still run', async () => {
  const ran: number[] = [];
  const runSeed = (_: string, seed: number) => {
    ran.push(seed);
    return seed === 2 ? Promise.reject(new Error('out of memory')) : fakeBenchmark().run(seed, context);
  };
  const outcome = await runBenchmark(fakeBenchmark(), options(fakeBenchmark(), { runSeed }));
  expect(outcome).toEqual({ type: 'failed', reasons: ['fake, seed 2: out of memory'] });
  expect(ran).toEqual([1, 2, 3]);
});

test('a metric that is not a number is a failure, not a gap in the table', async () => {
  const runSeed = () => Promise.resolve([{ method: 'a', metrics: { accuracy: Number.NaN } }]);
  const outcome = await runBenchmark(fakeBenchmark(), options(fakeBenchmark(), { runSeed }));
  expect(outcome).toEqual({ type: 'failed', reasons: ['fake: a: accuracy is NaN'] });
});

test('a benchmark without its data is skipped and runs nothing', async () => {
  const benchmark = fakeBenchmark({ files: ['no/such-file.csv'] });
  const runSeed = () => Promise.reject(new Error('it must not run'));
  const outcome = await runBenchmark(benchmark, options(benchmark, { runSeed }));
  expect(outcome).toEqual({ type: 'skipped', missing: ['no/such-file.csv'] });
});

test('no more run at a time than asked, and the answers keep the order of the items', async () => {
  let [running, most] = [0, 0];
  const answers = await limited([30, 10, 20, 5], 2, async (ms) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, ms));
    running--;
    return ms * 2;
  });
  expect(answers).toEqual([60, 20, 40, 10]);
  expect(most).toBe(2);
});

test('the command line: all by default, a quick look writes nothing, wrong usage is refused', () => {
  expect(parseLearningArguments([])).toEqual({ action: 'run', only: null, seeds: null, jobs: 1, dryRun: false });
  expect(parseLearningArguments(['--only', 'a, b', '--seeds', '1,2', '--jobs', '3'])).toEqual({
    action: 'run',
    only: ['a', 'b'],
    seeds: [1, 2],
    jobs: 3,
    dryRun: true,
  });
  expect(parseLearningArguments(['--table']).action).toBe('table');
  for (const wrong of [['--jobs', '0'], ['--seeds', 'x'], ['--seeds', '-1'], ['--unknown'], ['position']]) {
    expect(() => parseLearningArguments(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
  }
});
