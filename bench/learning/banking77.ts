import type { BenchmarkContext, LearningBenchmark, MethodResult } from './benchmark.ts';
import { accuracy, onePass, textMethods } from './text/one-pass.ts';
import { readTextCsv, shuffled, withWrongLabels, type TextExample } from './text/text-data.ts';

const TRAIN = 'banking77/train.csv';
const TEST = 'banking77/test.csv';
const WRONG_SHARE = 0.2;

interface Splits {
  readonly train: readonly TextExample[];
  readonly wrong: readonly TextExample[];
  readonly test: readonly TextExample[];
}

async function measure(
  { method, open }: (typeof textMethods)[number],
  { train, wrong, test }: Splits,
  seed: number,
  context: BenchmarkContext,
): Promise<MethodResult> {
  const runs = [];
  for (const examples of [train, wrong]) {
    const classifier = await open(seed);
    runs.push(await onePass(classifier, examples, test, context));
    classifier.dispose();
  }
  const [clean, noisy] = runs.map(({ predicted }) => accuracy(predicted, test)) as [number, number];
  context.log(`${method}: ${clean.toFixed(4)}, with wrong labels ${noisy.toFixed(4)}`);
  return {
    method,
    metrics: {
      accuracy: clean,
      'progressive accuracy': runs[0]!.progressiveAccuracy,
      'accuracy, 20 % wrong labels': noisy,
      'points lost': 100 * (clean - noisy),
    },
    cost: runs[0]!.cost,
  };
}

export const banking77: LearningBenchmark = {
  key: 'banking77',
  title: 'Banking77: 77 intents from one pass of corrections',
  protocol:
    'The training split (10,003 questions) in a seeded order, each predicted and then corrected, once; then accuracy on the test split (3,080). Once more with 20 % of the training labels replaced by another one.',
  files: [TRAIN, TEST],
  seeds: [1, 2, 3, 4, 5],
  goals: [
    { metric: 'accuracy', atLeast: 0.85, source: 'set for this project' },
    { metric: 'points lost', atMost: 3, source: 'set for this project' },
  ],
  published: [],
  async run(seed, context) {
    const train = shuffled(await readTextCsv(context.dataFile(TRAIN)), seed);
    const test = await readTextCsv(context.dataFile(TEST));
    const splits = { train, wrong: withWrongLabels(train, WRONG_SHARE, seed + 1000), test };
    const results: MethodResult[] = [];
    for (const method of textMethods) results.push(await measure(method, splits, seed, context));
    return results;
  },
};
