import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import type { FeatureSchema, ParsedFeatures } from '../../core/task.ts';
import { candidateIdOf } from '../../feedback/attribution.ts';
import { featureSchemas, type ParsedTask } from '../../learners/task-schema.ts';
import type { DecisionRecord, StoredExperience } from '../../memory/records.ts';
import { FeatureDrift } from '../../monitor/distribution/feature-drift.ts';
import { PredictionDrift } from '../../monitor/distribution/prediction-drift.ts';
import { parseState } from '../../monitor/outcome/parse-state.ts';
import type { DriftHealth } from '../../protocol/health.ts';
import { driftText } from './drift-text.ts';
import { ErrorWatch } from './error-watch.ts';

/** Rows that a reference is made of: visitors make few decisions. */
const REFERENCE_ROWS = 256;
/** Features that are watched, so that what is kept stays small; the first ones of the schema. */
const MOST_FEATURES = 16;

const stateSchema = v.strictObject({ errors: v.unknown(), features: v.unknown(), predictions: v.unknown() });

type Predictions =
  PredictionDrift<'classification'> | PredictionDrift<'ranking'> | PredictionDrift<'regression'> | null;

/** Whether losses, inputs or answers of a task are no longer what they were. */
export class DriftWatch {
  readonly #task: ParsedTask;
  readonly #errors: ErrorWatch | null;
  readonly #features: FeatureDrift | null;
  readonly #predictions: Predictions;

  constructor(task: ParsedTask) {
    this.#task = task;
    const { kind, seed } = task;
    this.#errors = kind === 'forecasting' || kind === 'retrieval' ? null : new ErrorWatch();
    const schema = watchedSchema(task);
    this.#features = schema && new FeatureDrift(schema, { referenceRows: REFERENCE_ROWS, seed });
    this.#predictions = predictionsOf(task);
  }

  /** @param loss in [0, 1] of the version that served @returns whether a drift was found that was not known */
  judged({ payload }: StoredExperience, loss: number, nowMs: number): boolean {
    if (payload.kind === 'ranking' && hasNoContext(this.#task)) this.#features?.update(payload.candidate);
    return this.#errors?.update(loss, nowMs) ?? false;
  }

  decided({ payload }: DecisionRecord): void {
    const features = inputOf(payload);
    if (features && !(payload.kind === 'ranking' && hasNoContext(this.#task))) this.#features?.update(features);
    this.#predicted(payload);
  }

  #predicted(payload: DecisionRecord['payload']): void {
    const watch = this.#predictions as PredictionDrift<never> | null;
    const row = watch && predictionOf(payload);
    if (row) watch.updateOne(row as never);
  }

  /** Another version serves. It has learned what came until now: a drift of inputs that stands is none for it. */
  versionChanged(): void {
    this.#errors?.versionChanged();
    this.#predictions?.restart();
    if (this.#features?.driftDetected) this.#features.restart();
    else this.#features?.freezeReference();
  }

  report(): DriftHealth {
    const reports = {
      errors: this.#errors?.report() ?? null,
      features: this.#features?.report() ?? null,
      predictions: this.#predictions?.report() ?? null,
    };
    return { ...reports, text: driftText(reports) };
  }

  /** Which of them stand. */
  get standing(): { readonly errors: boolean; readonly features: boolean; readonly predictions: boolean } {
    return {
      errors: this.#errors?.report().status === 'drift',
      features: this.#features?.driftDetected ?? false,
      predictions: this.#predictions?.driftDetected ?? false,
    };
  }

  state(): Json {
    return {
      errors: this.#errors?.state() ?? null,
      features: this.#features?.state() ?? null,
      predictions: this.#predictions?.state() ?? null,
    };
  }

  /** @throws INVALID_DATA, CHECKPOINT_CORRUPT; then it has to be made anew */
  restore(state: unknown): void {
    const { errors, features, predictions } = parseState(stateSchema, state, 'drift');
    this.#errors?.restore(errors);
    this.#features?.restore(features);
    this.#predictions?.restore(predictions);
  }
}

/** The input; of a ranking the context, and where it has none the candidates that something was heard of. */
function watchedSchema(task: ParsedTask): FeatureSchema | null {
  if (task.kind === 'forecasting' || task.kind === 'retrieval') return null;
  const { context, item } = featureSchemas(task);
  const schema = task.kind === 'ranking' && !hasNoContext(task) ? context : item;
  return Object.fromEntries(Object.entries(schema).slice(0, MOST_FEATURES));
}

function hasNoContext(task: ParsedTask): boolean {
  return task.kind === 'ranking' && Object.keys(task.schema.context).length === 0;
}

/** Where every step of learning serves at once, answers change all the time: what moved is told once. */
function predictionsOf({ kind, seed, versions }: ParsedTask): Predictions {
  const reference = versions.promotion === 'gated' ? 'frozen' : 'previous';
  const options = { referenceRows: REFERENCE_ROWS, reference, seed } as const;
  switch (kind) {
    case 'classification':
      return new PredictionDrift('classification', options);
    case 'ranking':
      return new PredictionDrift('ranking', options);
    case 'regression':
      return new PredictionDrift('regression', options);
    default:
      return null;
  }
}

function inputOf(payload: DecisionRecord['payload']): ParsedFeatures | null {
  if (payload.kind === 'ranking') return payload.context;
  return 'input' in payload ? payload.input : null;
}

/** null where there is none: the page's own order was shown, or nothing was learned yet. */
function predictionOf(payload: DecisionRecord['payload']): object | null {
  if (payload.kind === 'classification') {
    return Object.keys(payload.probabilities).length > 0 ? payload.probabilities : null;
  }
  if (payload.kind === 'ranking') {
    const [[key], [score]] = [payload.candidateKeys, payload.scores];
    // What the other candidates' chances of the first place were is not logged.
    return key === undefined || score === undefined ? null : { item: candidateIdOf(key), score, chances: [] };
  }
  if (payload.kind !== 'regression') return null;
  const { value, lower, upper } = payload;
  return [value, lower, upper].every(Number.isFinite) ? { value, lower, upper } : null;
}
