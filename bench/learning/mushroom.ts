import { readFileSync } from 'node:fs';
import { Rng } from '../../src/core/rng.ts';
import type { Features, RankingTask } from '../../src/core/task.ts';
import { createPolicy, type PolicyOptions } from '../../src/policies/create-policy.ts';
import { POLICY_ROWS } from './bandits/policy-rows.ts';
import { openRankingLearner, type RankingLearner } from './bandits/ranking-learner.ts';
import { DEFAULT_METHOD, type LearningBenchmark, type MethodResult } from './benchmark.ts';

const FILE = 'mushroom/agaricus-lepiota.data';
const CHOICES = [{ choice: 'eat' }, { choice: 'pass' }];
const EAT = 0;
const PASS = 1;
const GOOD = 5;
const BAD = -35;

interface Mushroom {
  readonly features: Features;
  readonly edible: boolean;
}

const FEATURES = Array.from({ length: 22 }, (_, index) => `f${index + 1}`);
const task: RankingTask = {
  id: 'mushroom',
  kind: 'ranking',
  schema: {
    context: Object.fromEntries(FEATURES.map((name) => [name, 'categorical' as const])),
    candidate: { choice: 'categorical' },
  },
  exploration: { slots: 1 },
};

function readMushrooms(path: string): Mushroom[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [label, ...cells] = line.trim().split(',');
    return {
      edible: label === 'e',
      features: Object.fromEntries(cells.map((cell, index) => [FEATURES[index]!, cell])),
    };
  });
}

function expectedReward({ edible }: Mushroom, choice: number): number {
  if (choice === PASS) return 0;
  return edible ? GOOD : (GOOD + BAD) / 2;
}

function drawReward({ edible }: Mushroom, choice: number, rng: Rng): number {
  if (choice === PASS) return 0;
  return edible || rng.nextFloat() < 0.5 ? GOOD : BAD;
}

/** Cumulative expected regret in percent of that of a uniform choice. */
function normalisedRegret(learner: RankingLearner, mushrooms: readonly Mushroom[], seed: number): number {
  const rewards = Rng.fromSeed(seed + 2000);
  let [regret, uniform] = [0, 0];
  mushrooms.forEach((mushroom, round) => {
    const choice = learner.rank(mushroom.features, CHOICES, seed * 1_000_003 + round).order[0]!;
    const best = Math.max(expectedReward(mushroom, EAT), expectedReward(mushroom, PASS));
    regret += best - expectedReward(mushroom, choice);
    uniform += best - (expectedReward(mushroom, EAT) + expectedReward(mushroom, PASS)) / 2;
    const reward = (drawReward(mushroom, choice, rewards) - BAD) / (GOOD - BAD);
    learner.learn(mushroom.features, CHOICES[choice]!, reward);
  });
  return (100 * regret) / uniform;
}

function measure(method: string, seed: number, mushrooms: readonly Mushroom[], policy: PolicyOptions): MethodResult {
  const learner = openRankingLearner(task, seed, { policy: (slots) => createPolicy({ slots, ...policy }) });
  return { method, metrics: { 'normalised regret %': normalisedRegret(learner, mushrooms, seed) } };
}

export const mushroom: LearningBenchmark = {
  key: 'mushroom',
  title: 'Mushroom (contextual bandit)',
  protocol:
    'Eat or pass, as Riquelme et al. 2018 (arXiv 1802.09127): an edible one eaten +5, a poisonous one −35 or +5 with equal chance, passing 0; all 8,124 rows once, ' +
    'shuffled by the seed. Cumulative expected regret in percent of that of a uniform choice. The learner sees rewards scaled to [0, 1].',
  files: [FILE],
  seeds: [1, 2, 3, 4, 5],
  goals: [{ metric: 'normalised regret %', atMost: 2.5, source: 'own goal; published figures are over 50,000 rounds' }],
  published: [],
  async run(seed, { dataFile }) {
    const mushrooms = Rng.fromSeed(seed).shuffle(readMushrooms(dataFile(FILE)));
    return [
      measure(DEFAULT_METHOD, seed, mushrooms, {}),
      ...POLICY_ROWS.map(({ method, policy }) => measure(method, seed, mushrooms, policy)),
    ];
  },
};
