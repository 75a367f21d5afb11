import { reasonOf } from '../../src/errors.ts';
import { aggregate, type SeedRun } from './aggregate.ts';
import type { LearningBenchmark, MethodResult } from './benchmark.ts';
import { missingFiles } from './harness/data-files.ts';
import { limited } from './harness/limited.ts';
import type { BenchmarkResult } from './results.ts';

export interface RunOptions {
  /** null: those of the benchmark. */
  readonly seeds: readonly number[] | null;
  readonly jobs: number;
  /** What ran it, for the results. */
  readonly machine: Pick<BenchmarkResult, 'machine' | 'node' | 'commit'>;
  /** @throws when the run fails */
  readonly runSeed: (key: string, seed: number) => Promise<readonly MethodResult[]>;
  readonly log: (line: string) => void;
  readonly monotonicMs: () => number;
}

export type RunOutcome =
  | { readonly type: 'measured'; readonly result: BenchmarkResult }
  | { readonly type: 'skipped'; readonly missing: readonly string[] }
  | { readonly type: 'failed'; readonly reasons: readonly string[] };

/** All seeds of one benchmark. Where one of them fails there is no result: a mean over those that happened to end says little. */
export async function runBenchmark(benchmark: LearningBenchmark, options: RunOptions): Promise<RunOutcome> {
  const missing = missingFiles(benchmark);
  if (missing.length > 0) return { type: 'skipped', missing };
  const seeds = options.seeds ?? benchmark.seeds;
  const runs = await limited(seeds, options.jobs, (seed) => runOne(benchmark, seed, options));
  const reasons = runs.flatMap((run) => ('reason' in run ? [run.reason] : []));
  if (reasons.length > 0) return { type: 'failed', reasons };
  const done = runs.flatMap((run) => ('reason' in run ? [] : [run]));
  const { machine, jobs, log } = options;
  try {
    const methods = aggregate(done);
    return { type: 'measured', result: { title: benchmark.title, seeds, ...machine, jobs, methods } };
  } catch (caught) {
    const reason = `${benchmark.key}: ${reasonOf(caught)}`;
    log(`${reason} (FAILED)`);
    return { type: 'failed', reasons: [reason] };
  }
}

async function runOne(
  { key }: LearningBenchmark,
  seed: number,
  { runSeed, log, monotonicMs }: RunOptions,
): Promise<SeedRun | { readonly reason: string }> {
  const name = `${key}, seed ${String(seed)}`;
  const startMs = monotonicMs();
  log(`${name}: started`);
  try {
    const results = await runSeed(key, seed);
    log(`${name}: ${((monotonicMs() - startMs) / 1000).toFixed(1)} s`);
    return { seed, results };
  } catch (caught) {
    const reason = `${name}: ${reasonOf(caught)}`;
    log(`${reason} (FAILED)`);
    return { reason };
  }
}
