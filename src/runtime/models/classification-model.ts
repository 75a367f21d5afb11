import type { ComputeBackend } from '../../compute/compute.ts';
import type { ReplayState } from '../../continual/replay-state.ts';
import type { EncodedInput } from '../../learners/feature-encoder.ts';
import type { EnsembleClassifier } from '../../learners/ensemble-classifier.ts';
import type { ModelState } from '../../learners/model-state.ts';
import type { ParsedClassificationTask } from '../../learners/task-schema.ts';
import type { ExperiencePayload, StoredExperience } from '../../memory/records.ts';
import type { Judgement } from '../../versions/judgement.ts';
import { around } from './create-network.ts';
import { createClassifier } from './create-classifier.ts';
import { Model, type ModelOrigin } from './model.ts';
import { restoreRehearsal, type Rehearsal } from './rehearsal.ts';
import { SourceTrust } from './source-trust.ts';

type ClassificationPayload = Extract<ExperiencePayload, { kind: 'classification' }>;

/** A classification task's model: the default ensemble, its network rehearsing from the log. */
export class ClassificationModel extends Model {
  readonly task: ParsedClassificationTask;
  readonly #classifier: EnsembleClassifier;
  readonly #rehearsal: Rehearsal | null;
  readonly #trust: SourceTrust;

  constructor(task: ParsedClassificationTask, origin: ModelOrigin) {
    super(task, origin);
    this.task = task;
    this.#trust = new SourceTrust(task.sources, origin.checkpoint.model.parts.sources);
    const { classifier, rehearsal } = createClassifier(task, this.encoder, origin);
    this.#classifier = classifier;
    this.#rehearsal = rehearsal;
    around(classifier.network, () => {
      if (rehearsal) restoreRehearsal(rehearsal, origin, (payload) => this.#example(payload));
    });
  }

  get classes(): readonly string[] {
    return this.#classifier.classes;
  }

  get parameterCount(): number {
    return this.#classifier.memberParameterCount + (this.#classifier.network?.parameterCount ?? 0);
  }

  get backend(): ComputeBackend | null {
    return this.#classifier.network?.backend ?? null;
  }

  /** Probability of each of {@link classes}. @throws COMPUTE_FAILED */
  predictProbaOne(input: EncodedInput): Promise<Float64Array> {
    return this.#classifier.predictProbaOne(input);
  }

  /** What each member alone would answer. @throws COMPUTE_FAILED */
  predictByMember(input: EncodedInput): Promise<Readonly<Record<string, Float64Array>>> {
    return this.#classifier.predictByMember(input);
  }

  override async judge({ payload }: StoredExperience): Promise<Judgement | null> {
    if (payload.kind !== 'classification') return null;
    const values = await this.#classifier.predictProbaOne(this.encoder.encode({}, payload.input));
    const probabilities = Object.fromEntries(Array.from(values, (value, index) => [this.classes[index] ?? '', value]));
    return { kind: 'classification', actual: payload.label, probabilities };
  }

  override followRecent(learner: this): void {
    this.#classifier.followRecent(learner.#classifier);
  }

  protected async learn(position: number, payload: ExperiencePayload): Promise<void> {
    const example = this.#example(payload);
    if (!example || payload.kind !== 'classification') return;
    if (this.#trust.hear(payload)) await this.#judge(payload, example.input);
    await this.#classifier.learnOne(position, example);
  }

  /** Where the model is sure of the answer, who says otherwise is wrong. */
  async #judge(payload: ClassificationPayload, input: EncodedInput): Promise<void> {
    const probabilities = await this.#classifier.predictProbaOne(input);
    if (probabilities.length < 2) return;
    const most = Math.max(...probabilities);
    const chance = 1 / probabilities.length;
    const said = probabilities[this.classes.indexOf(payload.label)];
    // A class that is new was not to be expected: that says nothing about who names it.
    if (said !== undefined) this.#trust.judge(payload, said === most, (most - chance) / (1 - chance));
  }

  #example(payload: ExperiencePayload) {
    if (payload.kind !== 'classification') return undefined;
    const { input, label } = payload;
    const trust = this.#trust;
    return {
      input: this.encoder.encode({}, input),
      target: { label },
      // Sources are judged on: whoever rehearses this takes today's weight.
      get weight() {
        return trust.weightOf(payload);
      },
    };
  }

  protected async state(): Promise<ModelState> {
    const state = await this.#classifier.state();
    return { ...state, parts: { ...state.parts, ...this.#trust.state() } };
  }

  publishable(): Promise<ModelState> {
    return this.#classifier.publishableState();
  }

  protected replayState(): ReplayState | null {
    return this.#rehearsal?.state() ?? null;
  }

  async moveTo(backend: ComputeBackend): Promise<void> {
    await this.#classifier.network?.moveTo(backend);
  }

  dispose(): void {
    this.#classifier.network?.dispose();
  }
}
