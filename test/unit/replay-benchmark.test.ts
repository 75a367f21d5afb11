import { expect, test } from 'vitest';
import type { BenchmarkRun } from '../../bench/replay/benchmark-run.ts';
import { benchmarkStreams } from '../../bench/replay/benchmark-streams.ts';
import { benchmarkMarkdown } from '../../bench/replay/benchmark-table.ts';
import { replaceMarkedSection } from '../../bench/replay/marked-section.ts';
import { readPublished } from '../../bench/replay/published.ts';

function run(given: Partial<BenchmarkRun>): BenchmarkRun {
  const times = { predictMs: { p50: 0.015, p95: 0.04 }, learnMs: { p50: 0.06, p95: 0.2 }, eventsPerSecond: 1500 };
  const quality = { rows: 1250, accuracy: 0.9, logLoss: 0.3, kappa: 0.8, kappaTemporal: 0.79 };
  const model = { stateBytes: 9000, backend: 'cpu', seed: 1 } as const;
  return { ...times, ...quality, ...model, shuffleSeed: null, noChangeAccuracy: 0.5152, ...given };
}

async function markdownOf(runs: readonly BenchmarkRun[]): Promise<string> {
  const phishing = benchmarkStreams.find(({ key }) => key === 'phishing');
  if (!phishing) throw new RangeError('there is no stream phishing');
  return benchmarkMarkdown({ machine: 'a machine', results: [{ stream: phishing, runs }] }, await readPublished());
}

test('the table has mean and standard deviation over seeds, and the shuffled orders in a row of their own', async () => {
  const markdown = await markdownOf([
    run({ accuracy: 0.88, kappaTemporal: 0.7 }),
    run({ accuracy: 0.9, kappaTemporal: 0.8 }),
    run({ accuracy: 0.91, kappaTemporal: 0.9, shuffleSeed: 1 }),
  ]);
  expect(markdown).toContain('| **Tendril** | 0.8900 ± 0.0141 | 0.7500 ± 0.0707 |');
  expect(markdown).toContain('| Tendril, rows shuffled | 0.9100 | 0.9000 |');
  expect(markdown).toContain('| Phishing | 0.3000 | 0.8000 | 1500 | 0.015 / 0.040 | 0.060 / 0.200 | 9000 | cpu |');
});

test('kappa-temporal of the published rows is computed from their accuracies and names its source', async () => {
  const markdown = await markdownOf([run({})]);
  const temporal = ((0.8872 - 0.515612) / (1 - 0.515612)).toFixed(4);
  expect(markdown).toContain(`| River: Logistic regression | 0.8872 | ${temporal} |`);
  expect(markdown).toContain('| River: Last Class | 0.5156 | 0.0000 |');
  expect(markdown).toContain('commit 7468665');
  expect(markdown).toContain('https://github.com/online-ml/river/blob/746866574845c746e9e61f071c1bd2f46ebcb20d/');
});

test('a marked section is replaced, and running twice changes nothing', () => {
  const text = 'before\n<!-- replay:start -->\nold\n<!-- replay:end -->\nafter\n';
  const once = replaceMarkedSection(text, 'replay', '| a |');
  expect(once).toBe('before\n<!-- replay:start -->\n\n| a |\n\n<!-- replay:end -->\nafter\n');
  expect(replaceMarkedSection(once, 'replay', '| a |')).toBe(once);
  expect(() => replaceMarkedSection('nothing', 'replay', '')).toThrow(
    expect.objectContaining({ code: 'INVALID_DATA' }),
  );
});
