import type { MethodSummary, Spread } from '../../bench/learning/aggregate.ts';
import { DEFAULT_METHOD, type LearningBenchmark } from '../../bench/learning/benchmark.ts';
import type { BenchmarkResult } from '../../bench/learning/results.ts';

/** A benchmark that needs no data and whose accuracy is its seed's tenth part. */
export function fakeBenchmark(given: Partial<LearningBenchmark> = {}): LearningBenchmark {
  return {
    key: 'fake',
    title: 'Fake',
    protocol: 'Nothing is learned.',
    files: [],
    seeds: [1, 2, 3],
    goals: [{ metric: 'accuracy', atLeast: 0.5, source: 'somebody' }],
    published: [],
    run: (seed) => Promise.resolve([{ method: DEFAULT_METHOD, metrics: { accuracy: seed / 10 } }]),
    ...given,
  };
}

export function summary(method: string, metrics: Record<string, Spread>): MethodSummary {
  return { method, metrics };
}

export function fakeResult(methods: readonly MethodSummary[], given: Partial<BenchmarkResult> = {}): BenchmarkResult {
  const ranOn = { machine: '2 cores, a processor', node: 'v20.0.0', commit: 'abc', jobs: 1 };
  return { title: 'Fake', seeds: [1, 2, 3], ...ranOn, methods, ...given };
}
