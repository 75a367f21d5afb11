import * as v from 'valibot';
import type { Features } from '../../core/task.ts';
import { TendrilError } from '../../errors.ts';
import { parseFeatures } from '../../learners/feature-value.ts';
import type { ParsedForecastingTask } from '../../learners/task-schema.ts';
import type { ExperienceRecord } from '../../memory/records.ts';
import type { Acknowledged, ForecastAnswer, ForecastRequest, Observation } from '../../protocol/messages.ts';
import type { ForecastingModel } from '../models/forecasting-model.ts';
import { TaskRuntime, type TaskRuntimeParts } from './task-runtime.ts';

const observationTime = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const observationValue = v.nullable(v.pipe(v.number(), v.minValue(-1e15), v.maxValue(1e15)));
/** Any object here; the task's own schema says what may be in it. */
const givenFeatures = v.custom<Features>((value) => typeof value === 'object' && value !== null);
const observation = v.strictObject({
  time: observationTime,
  value: observationValue,
  features: v.optional(givenFeatures, {}),
  known: v.optional(v.pipe(v.array(givenFeatures), v.maxLength(1000)), []),
});
const observations = v.pipe(v.array(observation), v.minLength(1), v.maxLength(10_000));

export class ForecastingRuntime extends TaskRuntime<ForecastingModel> {
  readonly kind = 'forecasting';
  readonly #task: ParsedForecastingTask;

  constructor(task: ParsedForecastingTask, parts: TaskRuntimeParts<ForecastingModel>) {
    super(parts);
    this.#task = task;
  }

  /** Resolves when the values are in the log. @throws INVALID_FEEDBACK, INVALID_FEATURE, STORAGE_* */
  observe(given: readonly Observation[]): Promise<Acknowledged> {
    const parsed = v.safeParse(observations, given);
    if (!parsed.success) throw new TendrilError('INVALID_FEEDBACK', { reason: v.summarize(parsed.issues) });
    const observedAtMs = this.clock.nowMs();
    return this.append(
      parsed.output.map(({ time, value, features, known }): ExperienceRecord => {
        const decisionId = `${this.host.modelKey}:time:${time}${value === null ? ':missing' : ''}`;
        return {
          experienceId: decisionId,
          decisionId,
          modelKey: this.host.modelKey,
          observedAtMs,
          payload: { kind: 'forecasting', time, value, features: this.#parse(features), known: known.map(this.#parse) },
        };
      }),
    );
  }

  readonly #parse = (features: Features) => parseFeatures(this.#task.schema.observation, features);

  async forecast({ decisionId, known = [] }: ForecastRequest): Promise<ForecastAnswer> {
    if (!Array.isArray(known))
      throw new TendrilError('INVALID_FEATURE', { feature: 'known', reason: 'it is not a list' });
    const features = known.map(this.#parse);
    const model = this.host.reference();
    const steps = this.host.model.forecast(features);
    const payload = { kind: 'forecasting', steps } as const;
    this.decisions.record(this.decisionRecord(decisionId, model, this.#task.seed, payload), [], []);
    return { decisionId, steps, model };
  }
}
