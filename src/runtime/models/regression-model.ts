import type { EncodedInput } from '../../learners/feature-encoder.ts';
import { aroundValue } from '../../learners/regression/around-value.ts';
import { defaultRegressorMembers } from '../../learners/regression/default-members.ts';
import { RegressionEnsemble, type IntervalPrediction } from '../../learners/regression/regression-ensemble.ts';
import { SourceErrors } from '../../learners/source-errors.ts';
import type { Row } from '../../learners/row.ts';
import type { ParsedRegressionTask } from '../../learners/task-schema.ts';
import type { ExperiencePayload, StoredExperience } from '../../memory/records.ts';
import type { Judgement } from '../../versions/judgement.ts';
import { VISITOR } from '../../feedback/feedback.ts';
import { NetworklessModel } from './networkless-model.ts';
import type { ModelOrigin } from './model.ts';

type RegressionPayload = Extract<ExperiencePayload, { kind: 'regression' }>;

const NOTHING = { value: 0, upper: Infinity };

/** A regression task's model: the default ensemble in typed arrays. */
export class RegressionModel extends NetworklessModel {
  readonly task: ParsedRegressionTask;
  readonly #ensemble: RegressionEnsemble;
  readonly #sources = new SourceErrors();

  constructor(task: ParsedRegressionTask, origin: ModelOrigin) {
    super(task, origin);
    this.task = task;
    const members = defaultRegressorMembers(this.encoder.shape, origin.checkpoint.seed, {
      lagged: task.labels === 'immediate',
    });
    this.#ensemble = new RegressionEnsemble(members, { coverage: task.coverage });
    const { ensemble, sources } = origin.checkpoint.model.parts;
    if (ensemble) this.#ensemble.restore(ensemble);
    if (sources) this.#sources.restore(sources);
  }

  /** The ends are infinite while nothing was learned. */
  predictIntervalOne(input: EncodedInput): IntervalPrediction {
    return aroundValue(this.#ensemble.predictIntervalOne(this.encoder.row(input)));
  }

  override judge({ payload }: StoredExperience): Promise<Judgement | null> {
    if (payload.kind !== 'regression') return Promise.resolve(null);
    const { value: predicted, lower, upper } = this.predictIntervalOne(this.encoder.encode({}, payload.input));
    return Promise.resolve({ kind: 'regression', actual: payload.value, predicted, lower, upper });
  }

  protected async learn(_position: number, payload: ExperiencePayload): Promise<void> {
    if (payload.kind !== 'regression') return;
    const input = this.encoder.encode({}, payload.input);
    const row = this.encoder.row(input);
    this.#ensemble.learnOne(row, payload.value, payload.weight * this.#shareOf(row, payload));
    this.encoder.learnOne(input);
  }

  /** The second source is the first that there is something to compare with: until then nothing is predicted for it. */
  #shareOf(row: Row, { source = VISITOR, value }: RegressionPayload): number {
    const others = this.#sources.size > 1;
    const { value: expected, upper } = others ? this.#ensemble.predictIntervalOne(row) : NOTHING;
    this.#sources.learnOne(source, upper < Infinity ? Math.abs(value - expected) : null);
    return this.#sources.share(source);
  }

  protected parts() {
    return { ensemble: this.#ensemble.state(), sources: this.#sources.state() };
  }
}
