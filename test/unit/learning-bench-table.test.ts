import { expect, test } from 'vitest';
import { spread } from '../../bench/learning/aggregate.ts';
import { DEFAULT_METHOD } from '../../bench/learning/benchmark.ts';
import { figure, metricLabel, spreadText } from '../../bench/learning/harness/format.ts';
import { parsePeers, type Peers } from '../../bench/learning/harness/peers.ts';
import { mergeResults, parseResults } from '../../bench/learning/results.ts';
import { learningMarkdown } from '../../bench/learning/table.ts';
import { fakeBenchmark, fakeResult, summary } from './learning-bench-fixture.ts';

const none = () => [];
const own = (...values: number[]) => summary(DEFAULT_METHOD, { accuracy: spread(values) });
const published = [{ method: 'Theirs', metrics: { accuracy: 0.85 }, source: 'a paper' }];
const peers: Peers = parsePeers(
  JSON.stringify({
    benchmarks: {
      fake: [
        {
          method: 'River: Naive Bayes',
          package: 'river 1.2.3',
          seeds: [1],
          metrics: { accuracy: [0.7] },
          cost: { predictUs: 12.34, learnUs: 5, stateBytes: null, seconds: 1 },
          machine: 'Python 3',
        },
      ],
    },
  }),
);

test('the summary says what the goal is, whose, what was reached and by how much it was missed', () => {
  const benchmarks = [
    fakeBenchmark(),
    fakeBenchmark({ key: 'other', title: 'Other', goals: [{ metric: 'accuracy', atLeast: 0.9, source: 'them' }] }),
    fakeBenchmark({ key: 'unmeasured', title: 'Unmeasured' }),
    fakeBenchmark({ key: 'free', title: 'Free', goals: [] }),
  ];
  const results = { fake: fakeResult([own(0.6, 0.8)]), other: fakeResult([own(0.75)]), free: fakeResult([own(0.5)]) };
  const markdown = learningMarkdown(benchmarks, results, {}, none);
  expect(markdown).toContain('| Fake | accuracy | ≥ 0.5000 | 0.7000 ± 0.1414 | reached | – | somebody |');
  expect(markdown).toContain('| Other | accuracy | ≥ 0.9000 | 0.7500 | **missed by 0.1500** | – | them |');
  expect(markdown).toContain('| Unmeasured | accuracy | ≥ 0.5000 | – | not measured here | – | somebody |');
  expect(markdown).toContain('| Free | accuracy | – | 0.5000 | no goal | – | – |');
  expect(markdown).toContain('`npm run bench:learning -- --only unmeasured`');
  expect(markdown).toContain('`npm run bench:peers`');
});

test('the detail table has the default first, then other methods, then peers with their version, then published rows', () => {
  const tuned = { ...summary('Tendril (linear)', { accuracy: spread([0.7]) }), note: 'hiddenSize 0' };
  const timed = { ...own(0.6), cost: { predictUs: 4.26, learnUs: 30, stateBytes: 12_345 } };
  const results = { fake: fakeResult([tuned, timed], { jobs: 3 }) };
  const markdown = learningMarkdown([fakeBenchmark({ published })], results, peers, none);
  const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
  expect(rows.slice(-4)).toEqual([
    '| **Tendril (default)** | 0.6000 | 4.3 | 30.0 | 12,345 | here |',
    '| Tendril (linear) | 0.7000 | – | – | – | hiddenSize 0 |',
    '| River: Naive Bayes | 0.7000 | 12.3 | 5.0 | – | run here, river 1.2.3, 1 run |',
    '| Theirs | 0.8500 | – | – | – | published, not run here: a paper |',
  ]);
  expect(markdown).toContain('Node v20.0.0 (2 cores, a processor), commit abc, 3 processes at a time');
  expect(markdown).not.toContain('`npm run bench:peers`');
});

test('the best of the peers is the highest where the goal is a least value, and the lowest where it is a most', () => {
  const row = (method: string, ...accuracy: number[]) => ({ ...peers.fake![0]!, method, metrics: { accuracy } });
  const rows = { fake: [row('worse', 0.6), row('better', 0.7, 0.9), row('middle', 0.7)] };
  const summaryOf = (goal: { atLeast: number } | { atMost: number }) =>
    learningMarkdown([fakeBenchmark({ goals: [{ metric: 'accuracy', source: 'us', ...goal }] })], {}, rows, none);
  expect(summaryOf({ atLeast: 0.5 })).toContain('| 0.8000 ± 0.1414 (better) | us |');
  expect(summaryOf({ atMost: 0.5 })).toContain('| 0.6000 (worse) | us |');
});

test('where data is missing the section says so, and results from before stay', () => {
  const missing = () => ['fake/data.csv'];
  const before = learningMarkdown([fakeBenchmark()], { fake: fakeResult([own(0.6)]) }, {}, missing);
  expect(before).toContain('fake/data.csv is not in the data folder: the figures are from before.');
  expect(before).toContain('| **Tendril (default)** | 0.6000 | here |');
  const never = learningMarkdown([fakeBenchmark()], {}, {}, missing);
  expect(never).toContain('fake/data.csv is not in the data folder: it was skipped.');
});

test('figures have the digits of their unit, and names their words', () => {
  expect(['kappaTemporal', 'predictUs', 'rankingMs', 'stateBytes', 'accuracy'].map(metricLabel)).toEqual([
    'kappa temporal',
    'predict µs',
    'ranking ms',
    'state bytes',
    'accuracy',
  ]);
  expect(metricLabel('normalised regret %')).toBe('normalised regret %');
  expect(figure(2.346, 'normalised regret %')).toBe('2.35');
  expect(figure(1_234_567, 'stateBytes')).toBe('1,234,567');
  expect(figure(12.345, 'predictUs')).toBe('12.3');
  expect(figure(0.12345, 'accuracy')).toBe('0.1235');
  expect(spreadText({ mean: 10.5, standardDeviation: 0.25, values: [] }, 'rankingMs')).toBe('10.50 ± 0.25');
  expect(figure(-0.05, 'kappaTemporal')).toBe('-0.0500');
  expect(figure(12.345, 'mae')).toBe('12.35');
});

test('a new result replaces that of its benchmark and no other, in the order of the keys', () => {
  const [old, other] = [fakeResult([own(0.1)]), fakeResult([own(0.2)], { seeds: [9] })];
  const fresh = fakeResult([own(0.3)]);
  const merged = mergeResults({ news: old, bananas: other }, { news: fresh, elec2: fresh });
  expect(Object.keys(merged)).toEqual(['bananas', 'elec2', 'news']);
  expect(merged).toEqual({ bananas: other, elec2: fresh, news: fresh });
});

test('a file of results is read as it was written, and anything else is refused', () => {
  const results = { fake: fakeResult([{ ...own(0.1, 0.2), cost: { predictUs: 1, learnUs: 2, stateBytes: 3 } }]) };
  expect(parseResults(JSON.stringify(results))).toEqual(results);
  for (const wrong of ['not JSON', '[1]', '{"fake":{"title":"Fake"}}']) {
    expect(() => parseResults(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
  }
});
