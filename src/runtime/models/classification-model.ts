import type { ComputeBackend } from '../../compute/compute.ts';
import type { ReplayState } from '../../continual/replay-state.ts';
import type { EncodedInput } from '../../learners/feature-encoder.ts';
import type { EnsembleClassifier } from '../../learners/ensemble-classifier.ts';
import type { ModelState } from '../../learners/model-state.ts';
import type { ParsedClassificationTask } from '../../learners/task-schema.ts';
import type { ExperiencePayload } from '../../memory/records.ts';
import { createClassifier } from './create-classifier.ts';
import { Model, type ModelOrigin } from './model.ts';
import { restoreRehearsal, type Rehearsal } from './rehearsal.ts';

/** A classification task's model: the default ensemble, its network rehearsing from the log. */
export class ClassificationModel extends Model {
  readonly task: ParsedClassificationTask;
  readonly #classifier: EnsembleClassifier;
  readonly #rehearsal: Rehearsal | null;

  constructor(task: ParsedClassificationTask, origin: ModelOrigin) {
    super(task, origin);
    this.task = task;
    const { classifier, rehearsal } = createClassifier(task, this.encoder, origin);
    this.#classifier = classifier;
    this.#rehearsal = rehearsal;
    if (rehearsal) restoreRehearsal(rehearsal, origin, (payload) => this.#example(payload));
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

  protected async learn(position: number, payload: ExperiencePayload): Promise<void> {
    const example = this.#example(payload);
    if (example) await this.#classifier.learnOne(position, example);
  }

  #example(payload: ExperiencePayload) {
    if (payload.kind !== 'classification') return undefined;
    const { input, label, weight } = payload;
    return { input: this.encoder.encode({}, input), target: { label }, weight };
  }

  protected state(): Promise<ModelState> {
    return this.#classifier.state();
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
