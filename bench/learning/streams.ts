import { defaultClassifierMembers } from '../../src/learners/members/default-members.ts';
import river from '../published/river.json' with { type: 'json' };
import { DEFAULT_METHOD, type BenchmarkContext, type LearningBenchmark, type MethodResult } from './benchmark.ts';
import { flippedLabels, readLabelledRows, shuffled, taskOf, type LabelledStream } from './streams/labelled-rows.ts';
import { openDefaultLearner, openStreamLearner, type StreamLearner } from './streams/stream-learner.ts';
import { testThenTrain, type StreamScore } from './streams/test-then-train.ts';

const FLIPPED = 0.2;
const MOST_LOST = 0.03;
/** Members alone are shown with one seed: they explain the ensemble, they are not in the race. */
const MEMBERS_SEED = 1;

interface StreamFile {
  readonly key: 'phishing' | 'bananas' | 'elec2';
  readonly title: string;
  readonly file: string;
  readonly target: string;
  /** Short streams are also shown in shuffled orders, drawn with the learner's seed. */
  readonly isShort: boolean;
  readonly goals: LearningBenchmark['goals'];
}

const streamFiles: readonly StreamFile[] = [
  {
    key: 'phishing',
    title: 'Phishing',
    file: 'phishing/phishing.csv.gz',
    target: 'is_phishing',
    isShort: true,
    goals: [{ metric: 'accuracy', atLeast: 0.9135, source: 'River: Streaming Random Patches' }],
  },
  {
    key: 'bananas',
    title: 'Bananas',
    file: 'bananas/bananas.csv',
    target: 'class',
    isShort: true,
    goals: [{ metric: 'accuracy', atLeast: 0.8894, source: 'River: Aggregated Mondrian Forest' }],
  },
  {
    key: 'elec2',
    title: 'Elec2',
    file: 'elec2/electricity_full.csv.gz',
    target: 'class',
    isShort: false,
    goals: [
      { metric: 'accuracy', atLeast: 0.9064, source: 'River: ALMA' },
      { metric: 'kappaTemporal', atLeast: 0.36, source: 'River: ALMA' },
    ],
  },
];

/** Classification streams of River's benchmark, test-then-train in the order of the file. */
export const streamBenchmarks: readonly LearningBenchmark[] = streamFiles.map((stream) => ({
  key: stream.key,
  title: stream.title,
  protocol:
    'Test-then-train over the whole stream in the order of the file; the lost accuracy is that of learning with 20 % of the labels flipped, scored by the true ones. ' +
    `Published rows: ${river.source.repository}, ${river.source.file}, commit ${river.source.commit.slice(0, 7)}.`,
  files: [stream.file],
  seeds: [1, 2, 3, 4, 5],
  goals: [
    ...stream.goals,
    { metric: 'accuracyLostTo20PercentFlips', atMost: MOST_LOST, source: 'own promise of robustness' },
  ],
  published: river.models.map(({ model, accuracy }) => ({
    method: `River: ${model}`,
    metrics: { accuracy: accuracy[stream.key] },
    source: river.source.repository,
  })),
  run: (seed, context) => runStream(stream, seed, context),
}));

async function runStream(stream: StreamFile, seed: number, context: BenchmarkContext): Promise<MethodResult[]> {
  const data = await readLabelledRows(context.dataFile(stream.file), stream.target);
  const truth = data.rows.map(({ label }) => label);
  const task = taskOf(data.input, seed);
  const run = async (open: StreamLearner | Promise<StreamLearner>, rows = data.rows, learned = truth) => {
    const learner = await open;
    const score = await testThenTrain(learner, rows, learned, context.monotonicMs);
    learner.dispose?.();
    return score;
  };
  context.log(`${stream.title}: the default learner, with true and with flipped labels`);
  const score = await run(openDefaultLearner(task));
  const flipped = await run(openDefaultLearner(task), data.rows, flippedLabels(data.rows, FLIPPED, seed));
  const lost = { accuracyLostTo20PercentFlips: score.accuracy - flipped.accuracy };
  const results = [resultOf(DEFAULT_METHOD, score, lost), resultOf('Tendril, 20 % of labels flipped', flipped)];
  if (stream.isShort) {
    const rows = shuffled(data.rows, seed);
    const labels = rows.map(({ label }) => label);
    results.push(resultOf('Tendril, rows shuffled', await run(openDefaultLearner(task), rows, labels)));
  }
  if (seed !== MEMBERS_SEED) return results;
  context.log(`${stream.title}: single members`);
  for (const [name, learner] of memberLearners(data, seed)) {
    results.push({ ...resultOf(name, await run(learner)), note: `seed ${MEMBERS_SEED} only` });
  }
  return results;
}

function resultOf(method: string, score: StreamScore, more: Readonly<Record<string, number>> = {}): MethodResult {
  const { accuracy, kappaTemporal, logLoss, ece, cost } = score;
  return { method, metrics: { accuracy, kappaTemporal, logLoss, ece, ...more }, cost };
}

/** Every member on its own. */
function memberLearners({ input }: LabelledStream, seed: number): [string, StreamLearner][] {
  const names = defaultClassifierMembers({ rawSize: 1, denseSize: 2, hashSize: 0 }, 2, seed).map(({ name }) => name);
  return names.map((name, index) => [
    `member: ${name}`,
    openStreamLearner(taskOf(input, seed), (shape, classCount, memberSeed) => {
      const member = defaultClassifierMembers(shape, classCount, memberSeed)[index];
      if (member?.name !== name) throw new RangeError(`there is no member ${name} for this shape`);
      return member.model;
    }),
  ]);
}
