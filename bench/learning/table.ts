import { missingFiles } from './harness/data-files.ts';
import { detailSection } from './harness/detail-table.ts';
import type { Peers } from './harness/peers.ts';
import type { ReportedBenchmark } from './harness/reported-benchmark.ts';
import { summaryTable } from './harness/summary-table.ts';
import type { LearningBenchmark } from './benchmark.ts';
import type { LearningResults } from './results.ts';

/** All tables as Markdown: the goals first, then one section a benchmark, in the order of `benchmarks`. */
export function learningMarkdown(
  benchmarks: readonly LearningBenchmark[],
  results: LearningResults,
  peers: Peers,
  missing: (benchmark: LearningBenchmark) => readonly string[] = missingFiles,
): string {
  const reported: ReportedBenchmark[] = benchmarks.map((benchmark) => ({
    benchmark,
    result: results[benchmark.key] ?? null,
    peers: peers[benchmark.key] ?? [],
    missingFiles: missing(benchmark),
  }));
  const withoutPeers = Object.keys(peers).length === 0 ? [NO_PEERS] : [];
  return [summaryTable(reported), ...withoutPeers, ...reported.map(detailSection)].join('\n\n');
}

const NO_PEERS =
  'No other library was run here: `npm run bench:peers` does that, with Python. Rows of others are published figures alone.';
