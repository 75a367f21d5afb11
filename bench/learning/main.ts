import { readFile } from 'node:fs/promises';
import { systemClock } from '../../src/core/clock.ts';
import { asTendrilError, TendrilError } from '../../src/errors.ts';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { replaceMarkedSection } from '../replay/marked-section.ts';
import { benchmarks } from './all.ts';
import type { LearningBenchmark } from './benchmark.ts';
import { type LearningArguments, parseLearningArguments, usage } from './harness/arguments.ts';
import { findBenchmark } from './harness/find-benchmark.ts';
import { machineName, sourceCommit } from './harness/machine.ts';
import { readPeers } from './harness/peers.ts';
import { outcomeLines } from './harness/progress-text.ts';
import { runInChild } from './harness/run-child.ts';
import { type LearningResults, mergeResults, readResults, writeFormatted, writeResults } from './results.ts';
import { runBenchmark, type RunOptions } from './run-benchmarks.ts';
import { learningMarkdown } from './table.ts';

const PAGE = 'bench/README.md';

/** Runs the command line in `argv` and resolves with its exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const given = parseLearningArguments(argv);
  if (given.action === 'help') console.log(usage);
  if (given.action === 'list') console.log(listing());
  if (given.action === 'table') await writePage(await readResults());
  return given.action === 'run' ? run(given) : 0;
}

async function run(given: LearningArguments): Promise<number> {
  const selected = given.only?.map(findBenchmark) ?? benchmarks;
  // Looked at first: the benchmarks take long.
  if (!given.dryRun) await pageWith('');
  let results: LearningResults = given.dryRun ? {} : await readResults();
  let failed = false;
  for (const [index, benchmark] of selected.entries()) {
    log(`${benchmark.title} (${String(index + 1)} of ${String(selected.length)})`);
    const outcome = await runBenchmark(benchmark, runOptions(given));
    outcomeLines(benchmark, outcome).forEach(log);
    failed ||= outcome.type === 'failed';
    if (outcome.type !== 'measured') continue;
    results = mergeResults(results, { [benchmark.key]: outcome.result });
    // After each benchmark: what is interrupted keeps what it has.
    if (!given.dryRun) await writeResults(results);
  }
  if (given.dryRun) console.log(await tables(selected, results));
  else await writePage(results);
  return failed ? 1 : 0;
}

function runOptions({ seeds, jobs }: LearningArguments): RunOptions {
  return {
    seeds,
    jobs,
    machine: { machine: machineName(), node: process.version, commit: sourceCommit() },
    runSeed: (key, seed) => runInChild(key, seed, log),
    log,
    monotonicMs: () => systemClock.monotonicMs(),
  };
}

async function tables(shown: readonly LearningBenchmark[], results: LearningResults): Promise<string> {
  return learningMarkdown(shown, results, await readPeers());
}

async function writePage(results: LearningResults): Promise<void> {
  await writeFormatted(PAGE, await pageWith(await tables(benchmarks, results)));
}

/** @throws INVALID_DATA where the page has no place for it */
async function pageWith(markdown: string): Promise<string> {
  return replaceMarkedSection(await readFile(fromRoot(PAGE), 'utf8'), 'learning', markdown);
}

function listing(): string {
  return benchmarks
    .map(({ key, seeds, files }) => `${key}  seeds ${seeds.join(',')}  ${files.join(', ') || 'no data files'}`)
    .join('\n');
}

function log(line: string): void {
  console.error(line);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (caught) {
  const { code, message } = asTendrilError(caught);
  console.error(`${code}: ${message}`);
  process.exitCode = caught instanceof TendrilError && code === 'INVALID_CONFIG' ? 2 : 1;
}
