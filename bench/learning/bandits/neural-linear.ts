import type { ComputeBackend } from '../../../src/compute/compute.ts';
import { openBackend } from '../../../src/compute/open-backend.ts';
import { Rng } from '../../../src/core/rng.ts';
import type { RankingTask } from '../../../src/core/task.ts';
import { createEncoder } from '../../../src/learners/fresh-learner.ts';
import { parseFeatures } from '../../../src/learners/feature-value.ts';
import { BayesianLogisticModel } from '../../../src/learners/reward/bayesian-logistic-model.ts';
import { RandomFeatures } from '../../../src/learners/reward/hidden-features.ts';
import type { RewardEstimates } from '../../../src/learners/reward/reward-model.ts';
import type { EncodedInput } from '../../../src/learners/feature-encoder.ts';
import { parseTask, schemaHash, type ParsedRankingTask } from '../../../src/learners/task-schema.ts';
import { createPolicy } from '../../../src/policies/create-policy.ts';
import { freshCheckpoint } from '../../../src/runtime/models/fresh-checkpoint.ts';
import { RankingModel } from '../../../src/runtime/models/ranking-model.ts';
import { DEFAULT_METHOD, type LearningBenchmark, type MethodResult } from '../benchmark.ts';
import type { BanditEnvironment } from './environment.ts';
import { nonlinearBandits } from './nonlinear.ts';
import { syntheticBandits } from './synthetic.ts';

const HIDDEN_FEATURES = 64;

type ParsedInput = ReturnType<typeof parseFeatures>;

/** What ranks, and learns what it showed. */
interface Player {
  encode(context: ParsedInput, candidate: ParsedInput): EncodedInput;
  estimate(inputs: readonly EncodedInput[]): Promise<RewardEstimates>;
  learn(position: number, context: ParsedInput, candidate: ParsedInput, reward: number): Promise<void>;
  dispose(): void;
}

/** The runtime's model, as the task declares it. */
function modelPlayer(task: ParsedRankingTask, backend: ComputeBackend): Player {
  const checkpoint = freshCheckpoint(task, schemaHash(task));
  const model = new RankingModel(task, { backend, checkpoint, replayed: [] });
  return {
    encode: (context, candidate) => model.encoder.encode(context, candidate),
    estimate: (inputs) => model.estimate(inputs),
    learn: (position, context, candidate, reward) =>
      model.learnOne({
        ...{ position, experienceId: `e${position}`, decisionId: `d${position}`, modelKey: task.id, observedAtMs: 0 },
        payload: { kind: 'ranking', context, candidate, candidateId: '', slot: 0, propensity: 1, weight: 1, reward },
      }),
    dispose: () => model.dispose(),
  };
}

/** The Bayesian model on features that are drawn once and never trained. */
function randomPlayer(task: ParsedRankingTask): Player {
  const encoder = createEncoder(task);
  const hidden = new RandomFeatures(encoder.shape, HIDDEN_FEATURES, task.seed);
  const model = new BayesianLogisticModel(encoder.shape, {}, { hidden });
  return {
    encode: (context, candidate) => encoder.encode(context, candidate),
    estimate: async (inputs) => model.predict(inputs.map((input) => encoder.row(input))),
    async learn(_, context, candidate, reward) {
      const input = encoder.encode(context, candidate);
      model.learnOne(encoder.row(input), reward, 1);
      encoder.learnOne(input);
    },
    dispose() {},
  };
}

/** Share of the reward that an oracle has over a uniform choice. */
async function share(
  environment: BanditEnvironment,
  seed: number,
  declared: Partial<RankingTask>,
  open: (task: ParsedRankingTask) => Player,
): Promise<number> {
  const world = environment.open(Rng.fromSeed(seed));
  const task = parseTask({ ...world.task, ...declared, seed });
  const player = open(task);
  const policy = createPolicy({ slots: task.exploration.slots });
  const [draws, rewards] = [Rng.fromSeed(seed + 1000), Rng.fromSeed(seed + 2000)];
  let [got, uniform, best] = [0, 0, 0];
  for (let index = 0; index < world.rounds; index++) {
    const { context, candidates, expected, draw } = world.round(index, draws);
    const given = parseFeatures(task.schema.context, context);
    const items = candidates.map((candidate) => parseFeatures(task.schema.candidate, candidate));
    const estimates = await player.estimate(items.map((item) => player.encode(given, item)));
    const shown = policy.choose(estimates, Rng.fromSeed(seed * 1_000_003 + index)).order[0]!;
    got += expected[shown]!;
    best += Math.max(...expected);
    uniform += expected.reduce((sum, value) => sum + value, 0) / expected.length;
    await player.learn(index + 1, given, items[shown]!, draw(shown, rewards));
  }
  player.dispose();
  return (got - uniform) / (best - uniform);
}

const WORLDS = [...nonlinearBandits, ...syntheticBandits.filter(({ name }) => ['dense', 'categorical'].includes(name))];
const NEURAL: Partial<RankingTask> = { exploration: { policy: 'neural-thompson-sampling', slots: 1 } };

/** What a trained representation is worth where the reward is not linear in the features, and what it costs where it is. */
export const nonlinearBenchmark: LearningBenchmark = {
  key: 'nonlinear-bandits',
  title: 'Synthetic contextual bandits, not linear',
  protocol:
    'Seeded worlds whose reward is a network, a product or a ring of the features, and two that are linear; one candidate is shown a round, all with the default ' +
    'policy. Share of the reward that an oracle has over a uniform choice, over the whole stream.',
  files: [],
  seeds: [1, 2, 3, 4, 5],
  goals: [],
  published: [],
  async run(seed) {
    const backend = await openBackend('wasm');
    const measure = async (
      method: string,
      declared: Partial<RankingTask>,
      open: (task: ParsedRankingTask) => Player,
    ): Promise<MethodResult> => {
      const metrics: Record<string, number> = {};
      for (const world of WORLDS) metrics[world.name] = await share(world, seed, declared, open);
      return { method, metrics };
    };
    const model = (task: ParsedRankingTask): Player => modelPlayer(task, backend);
    const results = [
      await measure(DEFAULT_METHOD, {}, model),
      await measure('Tendril, neural-linear (trained)', NEURAL, model),
      await measure('Tendril, random features', {}, randomPlayer),
    ];
    backend.dispose();
    return results;
  },
};
