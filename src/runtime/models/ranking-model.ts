import type { ComputeBackend } from '../../compute/compute.ts';
import type { ReplayState } from '../../continual/replay-state.ts';
import type { EncodedInput } from '../../learners/feature-encoder.ts';
import type { ModelState } from '../../learners/model-state.ts';
import { NetworkLearner } from '../../learners/network-learner.ts';
import type { ParsedRankingTask } from '../../learners/task-schema.ts';
import type { ExperiencePayload } from '../../memory/records.ts';
import { createNetwork, createRehearsal } from './create-network.ts';
import { Model, type ModelOrigin } from './model.ts';
import { restoreRehearsal, type Rehearsal } from './rehearsal.ts';

/** A ranking task's model: what reward a candidate would bring in this context. */
export class RankingModel extends Model {
  readonly task: ParsedRankingTask;
  readonly classes: readonly string[] = [];
  readonly #network: NetworkLearner;
  readonly #rehearsal: Rehearsal;

  constructor(task: ParsedRankingTask, origin: ModelOrigin) {
    super(task, origin);
    this.task = task;
    this.#network = createNetwork(task, this.encoder, origin);
    this.#rehearsal = createRehearsal(task, this.#network, origin.checkpoint.seed);
    restoreRehearsal(this.#rehearsal, origin, (payload) => this.#example(payload));
  }

  get parameterCount(): number {
    return this.#network.parameterCount;
  }

  get backend(): ComputeBackend {
    return this.#network.backend;
  }

  /** Expected reward of each input, in [0, 1]. @throws COMPUTE_FAILED */
  predictRewards(inputs: readonly EncodedInput[]): Promise<Float64Array> {
    return this.#network.predictRewards(inputs);
  }

  protected async learn(position: number, payload: ExperiencePayload): Promise<void> {
    const example = this.#example(payload);
    if (example) await this.#rehearsal.learnOne(position, example);
  }

  #example(payload: ExperiencePayload) {
    if (payload.kind !== 'ranking') return undefined;
    const { context, candidate, reward, weight } = payload;
    return { input: this.encoder.encode(context, candidate), target: { reward }, weight };
  }

  protected async state(): Promise<ModelState> {
    const { features, spec, network } = await this.#network.state();
    return { features, classes: [], network: { spec, state: network }, parts: {} };
  }

  protected replayState(): ReplayState {
    return this.#rehearsal.state();
  }

  moveTo(backend: ComputeBackend): Promise<void> {
    return this.#network.moveTo(backend);
  }

  dispose(): void {
    this.#network.dispose();
  }
}
