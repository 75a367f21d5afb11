import type { ParsedFeatures } from '../../core/task.ts';
import { Forecaster, type ForecastStep } from '../../learners/forecasting/forecaster.ts';
import { aroundValue } from '../../learners/regression/around-value.ts';
import type { ParsedForecastingTask } from '../../learners/task-schema.ts';
import type { ExperiencePayload } from '../../memory/records.ts';
import { NetworklessModel } from './networkless-model.ts';
import type { ModelOrigin } from './model.ts';

/** A forecasting task's model: one series, a model for each step ahead. */
export class ForecastingModel extends NetworklessModel {
  readonly task: ParsedForecastingTask;
  readonly #forecaster: Forecaster;

  constructor(task: ParsedForecastingTask, origin: ModelOrigin) {
    super(task, origin);
    this.task = task;
    const { horizon, lags, season, coverage } = task;
    this.#forecaster = new Forecaster({
      ...{ horizon, coverage, exogenous: this.encoder.shape.rawSize },
      ...(lags !== undefined && { lags }),
      ...(season !== undefined && { season }),
    });
    const { forecaster } = origin.checkpoint.model.parts;
    if (forecaster) this.#forecaster.restore(forecaster);
  }

  /** @param known features of the steps to come, the next one first */
  forecast(known: readonly ParsedFeatures[]): ForecastStep[] {
    return this.#forecaster.forecast(known.map((features) => this.#numbers(features))).map(aroundValue);
  }

  protected async learn(_position: number, payload: ExperiencePayload): Promise<void> {
    if (payload.kind !== 'forecasting') return;
    const { time, value, features, known } = payload;
    this.#forecaster.observe(
      { time, value, exogenous: this.#numbers(features) },
      known.map((step) => this.#numbers(step)),
    );
  }

  #numbers(features: ParsedFeatures): Float32Array {
    return this.encoder.row(this.encoder.encode({}, features)).raw;
  }

  protected parts() {
    return { forecaster: this.#forecaster.state() };
  }
}
