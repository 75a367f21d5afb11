import type { ParsedFeatures } from '../../core/task.ts';
import type { FeatureContribution } from '../../feedback/explain.ts';
import { parseFeatures } from '../../learners/feature-value.ts';
import type { ParsedRegressionTask } from '../../learners/task-schema.ts';
import type { DecisionRecord } from '../../memory/records.ts';
import type { PredictAnswer, PredictRequest } from '../../protocol/messages.ts';
import { certaintyOfInterval } from '../../review/certainty.ts';
import type { RegressionModel } from '../models/regression-model.ts';
import { contributionsOf } from './contributions.ts';
import { TaskRuntime, type TaskRuntimeParts } from './task-runtime.ts';

export class RegressionRuntime extends TaskRuntime<RegressionModel> {
  readonly kind = 'regression';
  readonly #task: ParsedRegressionTask;

  constructor(task: ParsedRegressionTask, parts: TaskRuntimeParts<RegressionModel>) {
    super(parts);
    this.#task = task;
  }

  async predict({ decisionId, input: given }: PredictRequest): Promise<PredictAnswer> {
    const input = parseFeatures(this.#task.schema.input, given);
    const { serving: regressor } = this.host;
    const model = this.host.reference();
    const interval = regressor.predictIntervalOne(regressor.encoder.encode({}, input));
    const payload = { kind: 'regression', input, ...interval } as const;
    const record = this.decisionRecord(decisionId, model, this.#task.seed, payload);
    const abstained = await this.log(record, {
      certainty: () => certaintyOfInterval(interval.lower, interval.upper, this.reviews?.rules.maxWidth ?? null),
      proposal: () => ({ kind: 'regression', ...interval }),
    });
    return { decisionId, ...interval, model, abstained };
  }

  /** In the unit of the number. */
  override async contributions({ payload }: DecisionRecord): Promise<Map<string, FeatureContribution[]>> {
    if (payload.kind !== 'regression') return new Map();
    const { serving: model } = this.host;
    const answer = (input: ParsedFeatures) => model.predictIntervalOne(model.encoder.encode({}, input)).value;
    const ofInput = await contributionsOf(payload.input, (inputs) => Promise.resolve(inputs.map(answer)));
    return new Map([['', ofInput]]);
  }
}
