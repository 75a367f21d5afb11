import { TendrilError } from '../../../src/errors.ts';
import { benchmarks } from '../all.ts';
import type { LearningBenchmark } from '../benchmark.ts';

/** @throws INVALID_CONFIG where there is none of that key */
export function findBenchmark(key: string): LearningBenchmark {
  const found = benchmarks.find((benchmark) => benchmark.key === key);
  if (found) return found;
  const known = benchmarks.map((benchmark) => benchmark.key).join(', ');
  throw new TendrilError('INVALID_CONFIG', { reason: `there is no benchmark "${key}"; there are ${known}` });
}
