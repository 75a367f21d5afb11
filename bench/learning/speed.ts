import { median } from '../lib/median.ts';
import { type BenchmarkContext, DEFAULT_METHOD, type LearningBenchmark, type MethodResult } from './benchmark.ts';
import { openClassifier, openRanker } from './harness/open-model.ts';
import {
  candidateFeatures,
  classificationTask,
  labelledRows,
  LEARNED_REWARDS,
  RANKINGS,
  rankingTask,
  TIMED_ROWS,
  WARM_ROWS,
} from './harness/speed-workload.ts';

const source = 'our own: what a page can spare';

export const speed: LearningBenchmark = {
  key: 'speed',
  title: 'Speed and size in Node',
  protocol:
    'The complete model in Node on the `cpu` backend, one thread. Classification of 20 numeric features (the side of a plane, one label ' +
    `in ten at random), test then train: medians over ${String(TIMED_ROWS)} rows after ${String(WARM_ROWS)} unmeasured ones, a prediction ` +
    'with parsing and encoding, learning from what was parsed, and the bytes of the checkpoint after the last. Ranking: the expected rewards of 100 candidates with 32 numeric ' +
    `features, parsing and encoding included, median of ${String(RANKINGS)}.`,
  files: [],
  seeds: [1, 2, 3, 4, 5],
  goals: [
    { metric: 'predictUs', atMost: 50, source },
    { metric: 'learnUs', atMost: 200, source },
    { metric: 'rankingMs', atMost: 1, source },
    { metric: 'stateBytes', atMost: 2_000_000, source },
  ],
  published: [],
  run: async (seed, context) => {
    const classification = await timeClassifier(seed, context);
    return [{ method: DEFAULT_METHOD, metrics: { ...classification, rankingMs: await timeRanker(seed, context) } }];
  },
};

async function timeClassifier(seed: number, { monotonicMs }: BenchmarkContext): Promise<MethodResult['metrics']> {
  const model = await openClassifier(classificationTask(seed));
  const [predictMs, learnMs]: [number[], number[]] = [[], []];
  for (const { input, label } of labelledRows(WARM_ROWS + TIMED_ROWS, seed)) {
    const startMs = monotonicMs();
    const parsed = model.parse(input);
    await model.predictProba(parsed);
    const predictedMs = monotonicMs();
    await model.learn(parsed, label);
    predictMs.push(predictedMs - startMs);
    learnMs.push(monotonicMs() - predictedMs);
  }
  const stateBytes = await model.stateBytes();
  model.dispose();
  const us = (times: readonly number[]) => median(times.slice(WARM_ROWS)) * 1000;
  return { predictUs: us(predictMs), learnUs: us(learnMs), stateBytes };
}

async function timeRanker(seed: number, { monotonicMs }: BenchmarkContext): Promise<number> {
  const model = await openRanker(rankingTask(seed));
  const candidates = candidateFeatures(seed);
  for (let place = 0; place < LEARNED_REWARDS; place++) {
    await model.learn({}, candidates[place % candidates.length]!, place % 3 === 0 ? 1 : 0);
  }
  const times: number[] = [];
  for (let ranking = 0; ranking < 2 * RANKINGS; ranking++) {
    const startMs = monotonicMs();
    await model.predictRewards({}, candidates);
    times.push(monotonicMs() - startMs);
  }
  model.dispose();
  return median(times.slice(RANKINGS));
}
