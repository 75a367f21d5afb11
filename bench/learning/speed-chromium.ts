import type { RankRequest, StreamStep } from '../../src/protocol/messages.ts';
import { median } from '../lib/median.ts';
import { DEFAULT_METHOD, type LearningBenchmark, type MethodResult } from './benchmark.ts';
import { type ChromiumLearner, openChromiumLearner } from './harness/chromium-learner.ts';
import {
  candidateFeatures,
  classificationTask,
  type Labelled,
  labelledRows,
  LEARNED_REWARDS,
  RANKINGS,
  rankingTask,
  TIMED_ROWS,
  WARM_ROWS,
} from './harness/speed-workload.ts';

const source = 'our own: at most twice the goal in Node';
const BATCH_ROWS = 50;

export const speedInChromium: LearningBenchmark = {
  key: 'speed-chromium',
  title: 'Speed and size in the built worker',
  protocol:
    'The same rows through the built worker in headless Chromium, on the backend that its probe chooses, with IndexedDB. Predicting and ' +
    'learning are timed inside the worker, step by step in a stream (learning with its share of reading the log). Ranking is the whole way: from ' +
    'the page’s call to its answer, for 100 candidates that the worker already has, the decision logged.',
  files: [],
  seeds: [1, 2, 3, 4, 5],
  goals: [
    { metric: 'predictUs', atMost: 100, source },
    { metric: 'learnUs', atMost: 400, source },
    { metric: 'rankingMs', atMost: 2, source },
    { metric: 'stateBytes', atMost: 2_000_000, source: 'our own: what a page can spare' },
  ],
  published: [],
  run: async (seed) => {
    const learner = await openChromiumLearner();
    try {
      await learner.start([classificationTask(seed), rankingTask(seed)]);
      await settled(learner);
      const classification = await timeClassifier(learner, seed);
      const metrics = { ...classification, rankingMs: await timeRanker(learner, seed) };
      return [{ method: DEFAULT_METHOD, metrics, note: await servedBy(learner) }];
    } finally {
      await learner.close();
    }
  },
};

const CLASSIFICATION = classificationTask(1).id;
const RANKING = rankingTask(1).id;

/** The probe of the backends runs in the background, and must not be part of what is measured. */
async function settled(learner: ChromiumLearner): Promise<void> {
  for (;;) {
    const { tasks } = await learner.call('status');
    if (Object.values(tasks).every(({ backend }) => backend.settled)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function servedBy(learner: ChromiumLearner): Promise<string> {
  const { tasks } = await learner.call('status');
  return `classification on ${tasks[CLASSIFICATION]?.backend.serving ?? '?'}, ranking on ${tasks[RANKING]?.backend.serving ?? '?'}`;
}

async function timeClassifier(learner: ChromiumLearner, seed: number): Promise<MethodResult['metrics']> {
  const times = { predicted: [] as number[], learned: [] as number[] };
  const rows = [...labelledRows(WARM_ROWS + TIMED_ROWS, seed)];
  for (let from = 0; from < rows.length; from += BATCH_ROWS) {
    const steps = rows.slice(from, from + BATCH_ROWS).flatMap((row, index) => stepsOf(row, from + index));
    for (const { type, durationMs } of await learner.call('stream', CLASSIFICATION, steps))
      times[type].push(durationMs);
  }
  await learner.call('checkpoint', CLASSIFICATION);
  const { tasks } = await learner.call('status');
  const us = (measured: readonly number[]) => median(measured.slice(WARM_ROWS)) * 1000;
  return {
    predictUs: us(times.predicted),
    learnUs: us(times.learned),
    stateBytes: tasks[CLASSIFICATION]?.stateBytes ?? 0,
  };
}

function stepsOf({ input, label }: Labelled, row: number): StreamStep[] {
  const decisionId = `row-${String(row)}`;
  return [
    { type: 'predict', decisionId, input },
    { type: 'learn', decisionId, label },
  ];
}

async function timeRanker(learner: ChromiumLearner, seed: number): Promise<number> {
  const candidates = candidateFeatures(seed).map((features, place) => ({ id: `item-${String(place)}`, features }));
  await learner.call('setCandidates', RANKING, candidates, 'replace');
  const request = (ranking: number): RankRequest => ({
    taskId: RANKING,
    decisionId: `ranking-${String(ranking)}`,
    context: {},
  });
  for (let place = 0; place < LEARNED_REWARDS; place++) {
    const { order, decisionId } = await learner.call('rank', request(place));
    const item = order[place % order.length]?.id ?? '';
    await learner.call('feedback', { decisionId, item, reward: place % 3 === 0 ? 1 : 0 });
  }
  await learner.call('checkpoint', RANKING);
  const requests = Array.from({ length: 2 * RANKINGS }, (_, index) => request(LEARNED_REWARDS + index));
  return median((await learner.timeRankings(requests)).slice(RANKINGS));
}
