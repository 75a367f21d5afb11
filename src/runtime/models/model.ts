import type { ComputeBackend } from '../../compute/compute.ts';
import type { ReplayState } from '../../continual/replay-state.ts';
import { createEncoder } from '../../learners/fresh-learner.ts';
import type { FeatureEncoder } from '../../learners/feature-encoder.ts';
import type { ModelState } from '../../learners/model-state.ts';
import type { ParsedTask } from '../../learners/task-schema.ts';
import type { ExperiencePayload, StoredExperience } from '../../memory/records.ts';
import type { Checkpoint } from '../../versions/checkpoint.ts';
import type { Judgement } from '../../versions/judgement.ts';

/** What a model is restored from. */
export interface ModelOrigin {
  readonly backend: ComputeBackend;
  readonly checkpoint: Checkpoint;
  /** The experiences that the checkpoint's replay buffer refers to, as far as they are still in the log. */
  readonly replayed: readonly StoredExperience[];
}

/** One task's complete model: learns stored experiences in log order. Each kind of task has one; what it answers is its own. */
export abstract class Model {
  abstract readonly task: ParsedTask;
  readonly schemaHash: string;
  readonly encoder: FeatureEncoder;
  readonly #seed: number;
  #learnedTo: number;
  modelVersion: number | null;

  constructor(task: ParsedTask, { checkpoint }: ModelOrigin) {
    this.schemaHash = checkpoint.schemaHash;
    this.encoder = createEncoder(task);
    this.encoder.restore(checkpoint.model.features);
    this.#seed = checkpoint.seed;
    this.#learnedTo = checkpoint.learnedTo;
    this.modelVersion = checkpoint.modelVersion;
  }

  /** Log position that this model has learned up to. */
  get learnedTo(): number {
    return this.#learnedTo;
  }

  async learnOne({ position, payload, decisionId }: StoredExperience): Promise<void> {
    await this.learn(position, payload, decisionId);
    this.#learnedTo = position;
  }

  /**
   * What it says of an experience, beside what came of it; changes nothing. null where this kind of task cannot be judged by single experiences.
   * @param actual what came of it, where another model has made that of what was observed: models are compared on the same truth
   */
  judge(experience: StoredExperience, actual?: Judgement['actual']): Promise<Judgement | null> {
    void [experience, actual];
    return Promise.resolve(null);
  }

  /** Goes on with what the model that answered until now has beside its weights. */
  carryOn(from: this): void {
    void from;
  }

  /** Takes over from the model that learns what came last, for parts that look at it; weights stay as they are. */
  followRecent(learner: this): void {
    void learner;
  }

  /** Goes on after `position` without learning what lies before it. */
  skipTo(position: number): void {
    this.#learnedTo = position;
  }

  /** Call only while nothing is being learned. */
  async checkpoint(): Promise<Checkpoint> {
    return {
      taskId: this.task.id,
      schemaHash: this.schemaHash,
      seed: this.#seed,
      model: await this.state(),
      replay: this.replayState(),
      learnedTo: this.#learnedTo,
      modelVersion: this.modelVersion,
    };
  }

  /** Log positions that the replay buffer refers to. */
  get rehearsed(): readonly number[] {
    return this.replayState()?.keys ?? [];
  }

  /** What may leave the device, without anything that holds single experiences; null for a model that is made of them. */
  abstract publishable(): Promise<ModelState | null>;
  /** An experience of another kind of task cannot be in this model's log; where one is all the same, it is passed over. */
  protected abstract learn(position: number, payload: ExperiencePayload, decisionId: string): Promise<void>;
  protected abstract state(): Promise<ModelState>;
  protected abstract replayState(): ReplayState | null;
  abstract readonly classes: readonly string[];
  /** Numbers that learning changes. */
  abstract readonly parameterCount: number;
  /** null where no part of the model runs on a backend of choice. */
  abstract readonly backend: ComputeBackend | null;
  /** Continues on another backend, from the same state. */
  abstract moveTo(backend: ComputeBackend): Promise<void>;
  abstract dispose(): void;
}
