import type { ComputeBackend } from '../../compute/compute.ts';
import type { ReplayState } from '../../continual/replay-state.ts';
import type { LocalTime } from '../../core/local-time.ts';
import { EnsembleRanker } from '../../learners/ensemble-ranker.ts';
import type { EncodedInput } from '../../learners/feature-encoder.ts';
import type { ModelState } from '../../learners/model-state.ts';
import type { NetworkLearner } from '../../learners/network-learner.ts';
import { BayesianLogisticModel } from '../../learners/reward/bayesian-logistic-model.ts';
import { NeuralLinearTrainer } from '../../learners/reward/neural-linear-trainer.ts';
import type { RewardEstimates } from '../../learners/reward/reward-model.ts';
import { TrainedFeatures } from '../../learners/reward/trained-features.ts';
import { RecurringModel } from '../../learners/routines/recurring-model.ts';
import { isNeuralLinear, type ParsedRankingTask } from '../../learners/task-schema.ts';
import type { PartState } from '../../core/part-state.ts';
import type { ExperiencePayload, StoredExperience } from '../../memory/records.ts';
import type { Checkpoint } from '../../versions/checkpoint.ts';
import type { Judgement } from '../../versions/judgement.ts';
import { Absence } from './absence.ts';
import { around, createNetwork, createRehearsal } from './create-network.ts';
import { Model, type ModelOrigin } from './model.ts';
import { RankingPolicy } from './ranking-policy.ts';
import { restoreRehearsal, type Rehearsal } from './rehearsal.ts';
import { RewardMaker } from './reward-maker.ts';
import { SourceTrust } from './source-trust.ts';

/** Experiences of the visitor that the fleet's model is worth: a few clicks, with what was passed over beside each. */
const FLEET_STRENGTH = 40;

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
  readonly #bayesian: BayesianLogisticModel;
  /** Around the one before, where the task does not do without. */
  readonly #recurring: RecurringModel | null;
  readonly #neural: NeuralLinearTrainer | null;
  readonly #rewards: RewardMaker;
  readonly #absence = new Absence();
  readonly #trust: SourceTrust;
  /** How its estimates become an order; its account is kept with the model. */
  readonly policy: RankingPolicy;

  constructor(task: ParsedRankingTask, origin: ModelOrigin) {
    super(task, origin);
    this.task = task;
    const parts = origin.checkpoint.model.parts;
    this.#trust = new SourceTrust(task.sources, isFleets(origin.checkpoint) ? undefined : parts.sources);
    this.policy = new RankingPolicy(task);
    this.#rewards = new RewardMaker(task, this.encoder.shape, parts);
    this.#network = this.#createNetwork(origin);
    try {
      const hidden = this.#hiddenFeatures();
      const { rewards: state, ...others } = parts;
      const fleet = state && isFleets(origin.checkpoint) ? { state, strength: FLEET_STRENGTH } : null;
      this.#bayesian = new BayesianLogisticModel(this.encoder.shape, {}, { hidden, fleet });
      this.#recurring = this.#createRecurring(hidden);
      const rewards = this.#recurring ?? this.#bayesian;
      this.#neural = hidden && this.#network && this.#neuralTrainer(this.#network, hidden, parts.representation);
      const network = this.#network && { ...this.#network, ...(this.#neural && { trainer: this.#neural }) };
      this.#ranker = new EnsembleRanker({ encoder: this.encoder, rewards, network }, fleet ? others : parts);
      if (!isFleets(origin.checkpoint)) this.#restoreDeviceParts(parts);
    } catch (caught) {
      this.dispose();
      throw caught;
    }
  }

  #hiddenFeatures(): TrainedFeatures | null {
    if (!this.#network || !isNeuralLinear(this.task)) return null;
    return new TrainedFeatures(this.encoder.shape, this.#network.learner.spec.hiddenSizes[0] ?? 0);
  }

  #createRecurring(hidden: TrainedFeatures | null): RecurringModel | null {
    return hidden || this.task.learner.memory === 'off' ? null : new RecurringModel(this.#bayesian);
  }

  #neuralTrainer(network: NetworkParts, features: TrainedFeatures, stored?: PartState): NeuralLinearTrainer {
    const { encoder } = this;
    const remembered = () => network.trainer.remembered();
    const fresh = new BayesianLogisticModel(encoder.shape, {}, { hidden: features }).state();
    const trainer = new NeuralLinearTrainer({
      ...{ ...network, encoder, remembered, features, fresh },
      head: this.#bayesian,
    });
    if (stored) trainer.restore(stored);
    return trainer;
  }

  #restoreDeviceParts(parts: Readonly<Record<string, PartState>>): void {
    this.policy.restore(parts);
    if (parts.absence) this.#absence.restore(parts.absence);
    if (parts.routines) this.#recurring?.restoreRoutines(parts.routines);
  }

  #createNetwork(origin: ModelOrigin): NetworkParts | null {
    if (!origin.checkpoint.model.network) return null;
    const learner = createNetwork(this.task, this.encoder, origin);
    return around(learner, () => {
      const trainer = createRehearsal(this.task, learner, origin.checkpoint.seed);
      restoreRehearsal(trainer, origin, (payload) => this.#example(payload));
      return { learner, trainer };
    });
  }

  get parameterCount(): number {
    return this.#bayesian.parameterCount + (this.#network?.learner.parameterCount ?? 0);
  }

  get backend(): ComputeBackend | null {
    return this.#network?.learner.backend ?? null;
  }

  /** Version of the declared reward and of what was learned about it; null where the task declares none. */
  get rewardVersion(): string | null {
    return this.#rewards.rewardVersion;
  }

  /**
   * What is known about the candidates, satisfaction included where the task asks for it.
   * @param when the decision is taken, by the visitor's clock; absent where that is not known @throws COMPUTE_FAILED
   */
  async estimate(inputs: readonly EncodedInput[], when?: LocalTime): Promise<RewardEstimates> {
    const estimates = await this.#ranker.predict(inputs, when);
    return this.#rewards.rerank(estimates, () => inputs.map((input) => this.encoder.row(input)));
  }

  /** Expected reward of each input, in [0, 1]. @throws COMPUTE_FAILED */
  async predictRewards(inputs: readonly EncodedInput[]): Promise<Float64Array> {
    return (await this.estimate(inputs)).means;
  }

  override async judge({ payload }: StoredExperience, actual?: Judgement['actual']): Promise<Judgement | null> {
    if (payload.kind !== 'ranking') return null;
    const { context, candidate, when } = payload;
    const [predicted = 0] = (await this.estimate([this.encoder.encode(context, candidate)], when)).means;
    return {
      kind: 'ranking',
      actual: typeof actual === 'number' ? actual : this.#rewards.rewardOf(payload),
      predicted,
    };
  }

  override carryOn(from: this): void {
    this.policy.restore(from.policy.state());
  }

  override async learnOne(experience: StoredExperience): Promise<void> {
    if (this.#bayesian.hasFleetPrior) this.#bayesian.returnToFleet(this.#absence.pass(experience.observedAtMs));
    await super.learnOne(experience);
  }

  protected async learn(position: number, payload: ExperiencePayload, decisionId: string): Promise<void> {
    if (payload.kind !== 'ranking') return;
    this.#trust.hear(payload);
    this.#rewards.learnOne(payload, () => this.encoder.row(this.encoder.encode(payload.context, payload.candidate)));
    const example = this.#example(payload);
    if (example) await this.#ranker.learnOne(position, { ...example, occasion: { when: payload.when, decisionId } });
  }

  #example(payload: ExperiencePayload) {
    if (payload.kind !== 'ranking') return undefined;
    const { context, candidate } = payload;
    const [rewards, weight] = [this.#rewards, this.#trust.weightOf(payload)];
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
    const { parts, ...rest } = await this.publishable();
    const absence = this.#bayesian.hasFleetPrior ? { absence: this.#absence.state() } : {};
    const routines = this.#recurring && { routines: this.#recurring.routines() };
    return { ...rest, parts: { ...parts, ...this.policy.state(), ...absence, ...this.#trust.state(), ...routines } };
  }

  /** All but the policy's account, who has spoken, when the visitor was last here, and what its time looks like. */
  async publishable(): Promise<ModelState> {
    const representation = this.#neural && { representation: this.#neural.state() };
    const parts = { ...this.#ranker.state(), ...this.#rewards.state(), ...representation };
    const features = this.encoder.state();
    if (!this.#network) return { features, classes: [], network: null, parts };
    const { spec, network } = await this.#network.learner.state();
    return { features, classes: [], network: { spec, state: network }, parts };
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

/** A model from the registry that has learned nothing on this device; one that has is stored with the log position that it learned up to. */
function isFleets({ modelVersion, learnedTo }: Checkpoint): boolean {
  return modelVersion !== null && learnedTo === 0;
}
