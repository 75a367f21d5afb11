import type { MethodSummary } from '../aggregate.ts';
import { DEFAULT_METHOD, type LearningBenchmark } from '../benchmark.ts';
import type { BenchmarkResult } from '../results.ts';
import type { PeerRow } from './peers.ts';

/** A benchmark with all that is known of it. */
export interface ReportedBenchmark {
  readonly benchmark: LearningBenchmark;
  /** null where it was never measured. */
  readonly result: BenchmarkResult | null;
  readonly peers: readonly PeerRow[];
  /** Data files that are not here now; results from before may still be. */
  readonly missingFiles: readonly string[];
}

export function defaultOf({ result }: ReportedBenchmark): MethodSummary | undefined {
  return result?.methods.find(({ method }) => method === DEFAULT_METHOD);
}
