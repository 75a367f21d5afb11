import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { MeanInterval } from './mean-interval.ts';
import { namedSums } from './named-sums.ts';
import { measuredMeans, type MeasuredMean, type OutcomeMetrics } from './outcome-metrics.ts';
import { invalidData, parseState, requireConfig } from './parse-state.ts';
import { ratio, WindowedSums, type Windowed, type WindowOptions } from './windowed-sums.ts';

export interface MeasuredPrediction {
  readonly actual: number;
  readonly predicted: number;
  /** Bounds as predicted; infinite while nothing was learned: then there was no interval. */
  readonly lower: number;
  readonly upper: number;
}

export interface RegressionOutcomeOptions extends WindowOptions {
  /**
   * In units of the target. Larger errors count as this one where errors are compared between segments: only of bounded numbers can a mean be sure.
   * Without it they are not compared.
   */
  readonly largestError?: number;
}

/** Numbers of one window, in units of the target. */
export interface RegressionFigures {
  /** Predictions whose true value is known, each with what is left of its weight. */
  readonly count: number;
  readonly meanAbsoluteError: number | null;
  readonly rootMeanSquaredError: number | null;
  /** Mean of predicted − actual: above 0 predictions are too high. */
  readonly bias: number | null;
  /** Share of true values inside their interval, in [0, 1]. */
  readonly coverage: number | null;
  /** Mean of upper − lower. */
  readonly intervalWidth: number | null;
  /** Share of predictions without an interval, in [0, 1]. */
  readonly withoutInterval: number | null;
}

export interface RegressionSummary extends Windowed<RegressionFigures> {
  readonly measures: {
    readonly coverage: MeasuredMean;
    /** In units of the largest error; there only where one was given. */
    readonly boundedError?: MeasuredMean;
  };
}

/** So that sums of squares stay finite whatever comes. */
const BEYOND_ALL_USE = 1e100;

const layout = namedSums(['absolute', 'squares', 'bias', 'intervals', 'covered', 'width']);

const stateSchema = v.strictObject({ sums: v.unknown(), coverage: v.unknown(), boundedError: v.unknown() });

/** How far predicted numbers were off, and how honest their intervals. */
export class RegressionOutcome implements OutcomeMetrics<MeasuredPrediction, RegressionSummary> {
  readonly measures: { readonly coverage: MeanInterval; readonly boundedError?: MeanInterval };
  readonly #sums: WindowedSums;
  readonly #largestError: number;

  /** @throws INVALID_CONFIG */
  constructor({ largestError, ...windows }: RegressionOutcomeOptions = {}) {
    requireConfig(largestError === undefined || largestError > 0, `a largest error of ${largestError ?? ''}`);
    this.#sums = new WindowedSums(layout, windows);
    this.#largestError = largestError ?? Infinity;
    const coverage = new MeanInterval();
    this.measures = largestError === undefined ? { coverage } : { coverage, boundedError: new MeanInterval() };
  }

  update({ actual, predicted, lower, upper }: MeasuredPrediction): void {
    if (!Number.isFinite(actual) || !Number.isFinite(predicted)) throw invalidData('a value that is not finite');
    if (!(lower <= upper)) throw invalidData(`an interval from ${lower} to ${upper}`);
    const error = Math.max(-BEYOND_ALL_USE, Math.min(BEYOND_ALL_USE, predicted - actual));
    const hasInterval = Number.isFinite(lower) && Number.isFinite(upper);
    const covered = Number(hasInterval && lower <= actual && actual <= upper);
    const width = hasInterval ? Math.min(BEYOND_ALL_USE, upper - lower) : 0;
    const [absolute, squares] = [Math.abs(error), error * error];
    const intervals = Number(hasInterval);
    this.#sums.update(layout.record({ absolute, squares, bias: error, intervals, covered, width }));
    if (hasInterval) this.measures.coverage.update(covered);
    this.measures.boundedError?.update(Math.min(1, absolute / this.#largestError));
  }

  summary(): RegressionSummary {
    return { ...this.#sums.map(figuresOf), measures: measuredMeans(this.measures) };
  }

  state(): Json {
    const { coverage, boundedError } = this.measures;
    return { sums: this.#sums.state(), coverage: coverage.state(), boundedError: boundedError?.state() ?? null };
  }

  /** A bounded error that was not followed before starts anew. */
  restore(state: unknown): void {
    const { sums, coverage, boundedError } = parseState(stateSchema, state, 'outcomes of a regression');
    this.#sums.restore(sums);
    this.measures.coverage.restore(coverage);
    if (boundedError !== null) this.measures.boundedError?.restore(boundedError);
  }
}

function figuresOf(values: Float64Array, count: number): RegressionFigures {
  const sums = layout.read(values);
  const meanSquare = ratio(sums.squares, count);
  return {
    count,
    meanAbsoluteError: ratio(sums.absolute, count),
    rootMeanSquaredError: meanSquare === null ? null : Math.sqrt(meanSquare),
    bias: ratio(sums.bias, count),
    coverage: ratio(sums.covered, sums.intervals),
    intervalWidth: ratio(sums.width, sums.intervals),
    withoutInterval: ratio(count - sums.intervals, count),
  };
}
