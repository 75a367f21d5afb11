import { expect, test } from 'vitest';
import { benchmarks } from '../../bench/learning/all.ts';
import { runInChild } from '../../bench/learning/harness/run-child.ts';
import { findBenchmark } from '../../bench/learning/harness/find-benchmark.ts';

test('every benchmark has a key of its own, at least five seeds, a protocol, and goals with a bound and a source', () => {
  const keys = benchmarks.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { key, title, protocol, seeds, goals } of benchmarks) {
    expect(key).toMatch(/^[a-z\d]+(-[a-z\d]+)*$/);
    expect([key, title, protocol]).not.toContain('');
    expect(new Set(seeds).size, key).toBeGreaterThanOrEqual(5);
    for (const { atLeast, atMost, source } of goals) {
      expect([atLeast, atMost].filter(Number.isFinite).length, key).toBeGreaterThan(0);
      expect(source, key).not.toBe('');
    }
  }
});

test('a benchmark is found by its key, and an unknown key names those that there are', () => {
  for (const benchmark of benchmarks) expect(findBenchmark(benchmark.key)).toBe(benchmark);
  expect(() => findBenchmark('nothing')).toThrow(/there is no benchmark "nothing"; there are .*speed/);
});

test('what fails in the process of a run rejects with its reason', async () => {
  await expect(runInChild('nothing', 1, () => undefined)).rejects.toThrow(/there is no benchmark "nothing"/);
}, 60_000);
