import type { ComputeBackend } from '../../compute/compute.ts';
import type { ReplayState } from '../../continual/replay-state.ts';
import { EnsembleRanker } from '../../learners/ensemble-ranker.ts';
import type { EncodedInput } from '../../learners/feature-encoder.ts';
import type { ModelState } from '../../learners/model-state.ts';
import type { NetworkLearner } from '../../learners/network-learner.ts';
import { BayesianLogisticModel } from '../../learners/reward/bayesian-logistic-model.ts';
import { RandomFeatures } from '../../learners/reward/hidden-features.ts';
import type { RewardEstimates } from '../../learners/reward/reward-model.ts';
import type { ParsedRankingTask } from '../../learners/task-schema.ts';
import type { ExperiencePayload } from '../../memory/records.ts';
import { createNetwork, createRehearsal } from './create-network.ts';
import { Model, type ModelOrigin } from './model.ts';
import { restoreRehearsal, type Rehearsal } from './rehearsal.ts';
import { RewardMaker } from './reward-maker.ts';

/** Units of the hidden layer under neural-linear Thompson sampling. */
const HIDDEN_FEATURES = 64;

interface NetworkParts {
  readonly learner: NetworkLearner;
  readonly trainer: Rehearsal;
}

/** A ranking task's model: what reward a candidate would bring in this context, and how sure that is. */
export class RankingModel extends Model {
  readonly task: ParsedRankingTask;
  readonly classes: readonly string[] = [];
  readonly #network: NetworkParts | null;
  readonly #ranker: EnsembleRanker;
  readonly #rewards: RewardMaker;

  constructor(task: ParsedRankingTask, origin: ModelOrigin) {
    super(task, origin);
    this.task = task;
    const { model, seed } = origin.checkpoint;
    this.#rewards = new RewardMaker(task, this.encoder.shape, model.parts);
    this.#network = this.#createNetwork(origin);
    const hidden =
      task.exploration.policy === 'neural-thompson-sampling'
        ? new RandomFeatures(this.encoder.shape, HIDDEN_FEATURES, seed)
        : null;
    const rewards = new BayesianLogisticModel(this.encoder.shape, {}, { hidden });
    this.#ranker = new EnsembleRanker({ encoder: this.encoder, rewards, network: this.#network }, model.parts);
  }

  #createNetwork(origin: ModelOrigin): NetworkParts | null {
    if (!origin.checkpoint.model.network) return null;
    const learner = createNetwork(this.task, this.encoder, origin);
    const trainer = createRehearsal(this.task, learner, origin.checkpoint.seed);
    restoreRehearsal(trainer, origin, (payload) => this.#example(payload));
    return { learner, trainer };
  }

  get parameterCount(): number {
    const own = this.#ranker.state().rewards?.tensors['mean']?.length ?? 0;
    return own + (this.#network?.learner.parameterCount ?? 0);
  }

  get backend(): ComputeBackend | null {
    return this.#network?.learner.backend ?? null;
  }

  /** Version of the declared reward and of what was learned about it; null where the task declares none. */
  get rewardVersion(): string | null {
    return this.#rewards.rewardVersion;
  }

  /** What is known about the candidates, satisfaction included where the task asks for it. @throws COMPUTE_FAILED */
  async estimate(inputs: readonly EncodedInput[]): Promise<RewardEstimates> {
    const estimates = await this.#ranker.predict(inputs);
    return this.#rewards.rerank(estimates, () => inputs.map((input) => this.encoder.row(input)));
  }

  /** Expected reward of each input, in [0, 1]. @throws COMPUTE_FAILED */
  async predictRewards(inputs: readonly EncodedInput[]): Promise<Float64Array> {
    return (await this.estimate(inputs)).means;
  }

  protected async learn(position: number, payload: ExperiencePayload): Promise<void> {
    if (payload.kind !== 'ranking') return;
    this.#rewards.learnOne(payload, () => this.encoder.row(this.encoder.encode(payload.context, payload.candidate)));
    const example = this.#example(payload);
    if (example) await this.#ranker.learnOne(position, example);
  }

  #example(payload: ExperiencePayload) {
    if (payload.kind !== 'ranking') return undefined;
    const { context, candidate, weight } = payload;
    const rewards = this.#rewards;
    return {
      input: this.encoder.encode(context, candidate),
      // What signals are worth may have been learned since: whoever rehearses this, before or after a restart, takes today's reward.
      get target() {
        return { reward: rewards.rewardOf(payload) };
      },
      weight,
    };
  }

  protected async state(): Promise<ModelState> {
    const parts = { ...this.#ranker.state(), ...this.#rewards.state() };
    const features = this.encoder.state();
    if (!this.#network) return { features, classes: [], network: null, parts };
    const { spec, network } = await this.#network.learner.state();
    return { features, classes: [], network: { spec, state: network }, parts };
  }

  publishable(): Promise<ModelState> {
    return this.state();
  }

  protected replayState(): ReplayState | null {
    return this.#network?.trainer.state() ?? null;
  }

  async moveTo(backend: ComputeBackend): Promise<void> {
    await this.#network?.learner.moveTo(backend);
  }

  dispose(): void {
    this.#network?.learner.dispose();
  }
}
