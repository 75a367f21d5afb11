import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { BoundedNames } from './bounded-names.ts';
import { classificationFigures, classificationSums, type ClassificationFigures } from './classification-sums.ts';
import { brierOf, logLossOf } from './loss-of-one.ts';
import { MeanInterval } from './mean-interval.ts';
import { measuredMeans, type MeasuredMean, type OutcomeMetrics } from './outcome-metrics.ts';
import { invalidData, parseState } from './parse-state.ts';
import { WindowedSums, type Windowed, type WindowOptions } from './windowed-sums.ts';

export interface LabelledPrediction {
  readonly actual: string;
  /** Null where no class was known yet: wrong. */
  readonly predicted: string | null;
  /** Class to probability, as predicted; they add up to 1, or there are none. */
  readonly probabilities: Readonly<Record<string, number>>;
}

export interface ClassificationOutcomeOptions extends WindowOptions {
  /** Classes with figures of their own, in the order in which they come; all others are one. Default 20. */
  readonly classes?: number;
}

export interface ClassificationSummary extends Windowed<ClassificationFigures> {
  readonly measures: { readonly accuracy: MeasuredMean };
}

const stateSchema = v.strictObject({
  labels: v.unknown(),
  previous: v.nullable(v.string()),
  sums: v.unknown(),
  accuracy: v.unknown(),
});

/** How right the predictions of classes were, and how well they knew it. Labels come in the order of the stream. */
export class ClassificationOutcome implements OutcomeMetrics<LabelledPrediction, ClassificationSummary> {
  readonly measures = { accuracy: new MeanInterval() };
  readonly #labels: BoundedNames;
  readonly #sums: WindowedSums;
  #previous: string | null = null;

  /** @throws INVALID_CONFIG */
  constructor({ classes = 20, ...windows }: ClassificationOutcomeOptions = {}) {
    this.#labels = new BoundedNames(classes);
    this.#sums = new WindowedSums(classificationSums(classes + 1), windows);
  }

  update({ actual, predicted, probabilities }: LabelledPrediction): void {
    for (const probability of Object.values(probabilities)) {
      if (!(probability >= 0 && probability <= 1)) throw invalidData(`probability ${probability} is not in [0, 1]`);
    }
    const right = Number(actual === predicted);
    // In the order of `field`.
    this.#sums.update([
      this.#labels.add(actual),
      predicted === null ? -1 : this.#labels.add(predicted),
      right,
      Number(actual === this.#previous),
      logLossOf(actual, probabilities),
      brierOf(actual, probabilities),
      predicted !== null && Object.hasOwn(probabilities, predicted) ? probabilities[predicted]! : 0,
    ]);
    this.measures.accuracy.update(right);
    this.#previous = actual;
  }

  summary(): ClassificationSummary {
    const labels = this.#labels.names();
    const windows = this.#sums.map((sums, count) => classificationFigures(sums, count, labels));
    return { ...windows, measures: measuredMeans(this.measures) };
  }

  state(): Json {
    return {
      labels: this.#labels.names(),
      previous: this.#previous,
      sums: this.#sums.state(),
      accuracy: this.measures.accuracy.state(),
    };
  }

  restore(state: unknown): void {
    const { labels, previous, sums, accuracy } = parseState(stateSchema, state, 'outcomes of a classification');
    this.#labels.restore(labels);
    this.#sums.restore(sums);
    this.measures.accuracy.restore(accuracy);
    this.#previous = previous;
  }
}
