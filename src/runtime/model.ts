import type { ComputeBackend } from '../compute/compute.ts';
import { ExperienceReplay } from '../continual/experience-replay.ts';
import { murmur3 } from '../core/hashing.ts';
import { Rng } from '../core/rng.ts';
import { createEncoder, freshLearnerState, freshSpec } from '../learners/fresh-learner.ts';
import type { FeatureEncoder } from '../learners/feature-encoder.ts';
import type { Example } from '../learners/learner.ts';
import { NetworkLearner } from '../learners/network-learner.ts';
import type { ParsedTask } from '../learners/task-schema.ts';
import type { StoredExperience } from '../memory/records.ts';
import type { Checkpoint } from '../versions/checkpoint.ts';

const REPLAY_DEFAULTS = { replaySize: 15, capacity: 5000 } as const;
/** A visitor's click is rare and dear, a row of a stream is neither. */
const STEPS_PER_EXAMPLE = { ranking: 4, classification: 1 } as const;

/** One task's model with its replay buffer: learns stored experiences in log order, scores inputs. */
export class Model {
  readonly task: ParsedTask;
  readonly schemaHash: string;
  readonly encoder: FeatureEncoder;
  readonly learner: NetworkLearner;
  readonly #replay: ExperienceReplay;
  #learnedTo: number;
  modelVersion: number | null;

  private constructor(task: ParsedTask, backend: ComputeBackend, checkpoint: Checkpoint) {
    this.task = task;
    this.schemaHash = checkpoint.schemaHash;
    this.encoder = createEncoder(task);
    const { learner } = checkpoint;
    // How it learns is the declaration's business, also where that changed since the checkpoint.
    const { optimizer, batchSize } = freshSpec(task, this.encoder);
    const spec = { ...learner.spec, optimizer, batchSize };
    this.learner = new NetworkLearner(this.encoder, backend, { ...learner, spec });
    this.#learnedTo = checkpoint.learnedTo;
    this.modelVersion = checkpoint.modelVersion;
    const { replaySize = REPLAY_DEFAULTS.replaySize, replayCapacity = REPLAY_DEFAULTS.capacity } = task.learner;
    const options = { replaySize, capacity: replayCapacity, stepsPerExample: STEPS_PER_EXAMPLE[task.kind] };
    this.#replay = new ExperienceReplay(this.learner, options, Rng.fromSeed(murmur3(`replay ${checkpoint.seed}`)));
  }

  /** The checkpoint of a model that has learned nothing. */
  static freshCheckpoint(task: ParsedTask, schemaHash: string): Checkpoint {
    const learner = freshLearnerState(task, createEncoder(task));
    return { taskId: task.id, schemaHash, seed: task.seed, learner, replay: null, learnedTo: 0, modelVersion: null };
  }

  /** @param replayed the experiences that the checkpoint's replay buffer refers to, as far as they are still in the log */
  static restore(
    task: ParsedTask,
    backend: ComputeBackend,
    checkpoint: Checkpoint,
    replayed: readonly StoredExperience[],
  ): Model {
    const model = new Model(task, backend, checkpoint);
    if (checkpoint.replay) {
      const examples = new Map(replayed.map((experience) => [experience.position, model.example(experience)]));
      model.#replay.restore(checkpoint.replay, (position) => examples.get(position));
    }
    return model;
  }

  /** Log position that this model has learned up to. */
  get learnedTo(): number {
    return this.#learnedTo;
  }

  async learnOne(experience: StoredExperience): Promise<void> {
    await this.#replay.learnOne(experience.position, this.example(experience));
    this.#learnedTo = experience.position;
  }

  /** Goes on after `position` without learning what lies before it. */
  skipTo(position: number): void {
    this.#learnedTo = position;
  }

  example({ payload }: StoredExperience): Example {
    const { weight } = payload;
    return payload.kind === 'classification'
      ? { input: this.encoder.encode({}, payload.input), target: { label: payload.label }, weight }
      : { input: this.encoder.encode(payload.context, payload.candidate), target: { reward: payload.reward }, weight };
  }

  /** Call only while nothing is being learned. */
  async checkpoint(): Promise<Checkpoint> {
    return {
      taskId: this.task.id,
      schemaHash: this.schemaHash,
      seed: this.task.seed,
      learner: await this.learner.state(),
      replay: this.#replay.state(),
      learnedTo: this.#learnedTo,
      modelVersion: this.modelVersion,
    };
  }

  dispose(): void {
    this.learner.dispose();
  }
}
