import type { EncodedInput } from '../../learners/feature-encoder.ts';
import { aroundValue } from '../../learners/regression/around-value.ts';
import { defaultRegressorMembers } from '../../learners/regression/default-members.ts';
import { RegressionEnsemble, type IntervalPrediction } from '../../learners/regression/regression-ensemble.ts';
import type { ParsedRegressionTask } from '../../learners/task-schema.ts';
import type { ExperiencePayload } from '../../memory/records.ts';
import { HostModel } from './host-model.ts';
import type { ModelOrigin } from './model.ts';

/** A regression task's model: the default ensemble in typed arrays. */
export class RegressionModel extends HostModel {
  readonly task: ParsedRegressionTask;
  readonly #ensemble: RegressionEnsemble;

  constructor(task: ParsedRegressionTask, origin: ModelOrigin) {
    super(task, origin);
    this.task = task;
    const members = defaultRegressorMembers(this.encoder.shape, origin.checkpoint.seed, {
      lagged: task.labels === 'immediate',
    });
    this.#ensemble = new RegressionEnsemble(members, { coverage: task.coverage });
    const { ensemble } = origin.checkpoint.model.parts;
    if (ensemble) this.#ensemble.restore(ensemble);
  }

  /** The ends are infinite while nothing was learned. */
  predictIntervalOne(input: EncodedInput): IntervalPrediction {
    return aroundValue(this.#ensemble.predictIntervalOne(this.encoder.row(input)));
  }

  protected async learn(_position: number, payload: ExperiencePayload): Promise<void> {
    if (payload.kind !== 'regression') return;
    const input = this.encoder.encode({}, payload.input);
    this.#ensemble.learnOne(this.encoder.row(input), payload.value, payload.weight);
    this.encoder.learnOne(input);
  }

  protected parts() {
    return { ensemble: this.#ensemble.state() };
  }
}
