import type { ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { DEFAULT_METHOD, type BenchmarkContext, type LearningBenchmark, type MethodResult } from './benchmark.ts';
import type { ContinualMethod } from './continual/method.ts';
import {
  analyticAlone,
  defaultMethod,
  derPlusPlus,
  experienceReplay,
  fineTuning,
  gdumb,
  networkAlone,
  onlineEwc,
  type MethodContext,
} from './continual/methods.ts';
import { MNIST_FILES, readMnist } from './continual/mnist.ts';
import { runScenario } from './continual/run-scenario.ts';
import { permutedMnist, splitMnist, type Scenario } from './continual/scenario.ts';

const SEEDS = [1, 2, 3, 4, 5];

interface Entrant {
  readonly method: string;
  readonly open: (context: MethodContext) => ContinualMethod;
  /** Default: all. */
  readonly seeds?: readonly number[];
}

const FIRST_SEED_NOTE = 'seed 1 only';
const theDefault: Entrant = { method: DEFAULT_METHOD, open: defaultMethod };
const first = [1];
const splitEntrants: readonly Entrant[] = [
  theDefault,
  { method: 'Tendril, network with ER-ACE and kept scores alone', open: networkAlone, seeds: first },
  { method: 'Tendril, DER++', open: derPlusPlus, seeds: first },
  { method: 'Tendril, ER', open: experienceReplay, seeds: first },
  { method: 'Tendril, GDumb', open: gdumb, seeds: first },
  { method: 'Tendril, analytic member alone', open: analyticAlone, seeds: first },
  { method: 'Tendril, online EWC', open: onlineEwc, seeds: first },
  { method: 'Tendril, network without rehearsal', open: fineTuning, seeds: first },
];
const permutedEntrants: readonly Entrant[] = [
  theDefault,
  { method: 'Tendril, online EWC', open: onlineEwc, seeds: first },
  { method: 'Tendril, network without rehearsal', open: fineTuning, seeds: first },
];

let opened: Promise<ComputeBackend> | undefined;

async function runEntrants(
  entrants: readonly Entrant[],
  scenarioOf: (mnist: ReturnType<typeof readMnist>) => Scenario,
  { seed, capacity }: { seed: number; capacity: number },
  { dataFile, monotonicMs, log }: BenchmarkContext,
): Promise<MethodResult[]> {
  const backend = await (opened ??= openBackend('wasm'));
  const mnist = readMnist(dataFile);
  const scenario = scenarioOf(mnist);
  const results: MethodResult[] = [];
  for (const { method, open, seeds } of entrants.filter((entrant) => (entrant.seeds ?? SEEDS).includes(seed))) {
    const running = open({ backend, seed, capacity });
    const result = await runScenario(running, scenario, mnist, monotonicMs);
    running.dispose();
    log(`${method}, seed ${seed}: ${result.metrics['accuracy']!.toFixed(4)}`);
    results.push({ method, ...result, ...(seeds && { note: FIRST_SEED_NOTE }) });
  }
  return results;
}

const MAMMOTH = 'DER paper, arXiv 2004.07211, table 2 (Mammoth)';
const GDUMB = 'drimpossible/GDumb README';

function splitBenchmark(
  capacity: 200 | 500,
  published: LearningBenchmark['published'],
  goal: number,
): LearningBenchmark {
  return {
    key: `split-mnist-${capacity}`,
    title: `Split MNIST, class-incremental, ${capacity} stored samples`,
    protocol:
      `Five tasks of two digits each, one after the other, one pass, batches of 10, no task told at the test; ${capacity} stored samples. ` +
      'As seq-mnist of Mammoth (MLP 784-100-100-10 there; one hidden layer of 100 and an analytic member here).',
    files: MNIST_FILES,
    seeds: SEEDS,
    goals: [{ metric: 'accuracy', atLeast: goal, source: 'above every published row of this size' }],
    published,
    run: (seed, context) => runEntrants(splitEntrants, (mnist) => splitMnist(mnist, seed), { seed, capacity }, context),
  };
}

export const splitMnist200 = splitBenchmark(
  200,
  [
    { method: 'DER++', metrics: { accuracy: 0.8561 }, source: MAMMOTH },
    { method: 'DER', metrics: { accuracy: 0.8455 }, source: MAMMOTH },
    { method: 'ER', metrics: { accuracy: 0.8043 }, source: MAMMOTH },
    { method: 'A-GEM', metrics: { accuracy: 0.4572 }, source: MAMMOTH },
    { method: 'online ER, MLP of 64', metrics: { accuracy: 0.8 }, source: 'CapyMOA, notebooks/10_ocl.ipynb' },
  ],
  0.88,
);

export const splitMnist500 = splitBenchmark(
  500,
  [
    { method: 'DER++', metrics: { accuracy: 0.91 }, source: MAMMOTH },
    { method: 'DER', metrics: { accuracy: 0.9054 }, source: MAMMOTH },
    { method: 'GDumb, MLP of 100', metrics: { accuracy: 0.902 }, source: GDUMB },
    { method: 'GDumb, MLP of 400', metrics: { accuracy: 0.919 }, source: GDUMB },
    { method: 'ER', metrics: { accuracy: 0.8612 }, source: MAMMOTH },
  ],
  0.92,
);

export const permutedMnist500: LearningBenchmark = {
  key: 'permuted-mnist',
  title: 'Permuted MNIST, domain-incremental, 500 stored samples',
  protocol:
    '20 tasks, each with its own order of the pixels, 60,000 images a task, one pass, batches of 128, no task told at the test; 500 stored samples. ' +
    'As perm-mnist of Mammoth. Of the other methods those that store next to nothing are run here, once; each of the rest takes minutes.',
  files: MNIST_FILES,
  seeds: SEEDS,
  goals: [{ metric: 'accuracy', atLeast: 0.883, source: 'DER++ with 500 stored samples .8821' }],
  published: [
    { method: 'DER++', metrics: { accuracy: 0.8821 }, source: MAMMOTH },
    { method: 'DER', metrics: { accuracy: 0.8729 }, source: MAMMOTH },
    { method: 'ER', metrics: { accuracy: 0.806 }, source: MAMMOTH },
    { method: 'online EWC', metrics: { accuracy: 0.7579 }, source: MAMMOTH },
  ],
  run: (seed, context) =>
    runEntrants(permutedEntrants, (mnist) => permutedMnist(mnist, seed), { seed, capacity: 500 }, context),
};
