import * as v from 'valibot';
import { TendrilError } from '../../errors.ts';
import { normalDeviations } from '../distribution/laws.ts';
import { parseState } from '../distribution/parse-state.ts';
import { Calibrator } from './calibrator.ts';
import { LabelAgreement, labelAgreementSchema } from './label-agreement.ts';
import { outcomeBinsSchema } from './outcome-bins.ts';
import { natsScale, shareScale, type OutcomeScale } from './outcome-scale.ts';
import { LEAST_LABELS, refusalOf, type PerformanceRefusal } from './performance-refusal.ts';
import { SaidBins, saidBinsSchema } from './said-bins.ts';

/**
 * What is estimated, and what the model says of a decision for it. `accuracy`: the probability of its class; right is 1, wrong 0. `log-loss`: the entropy of its
 * probabilities; the log loss, both in nats. `reward`: the reward it expects; the reward, both in [0, 1].
 */
export type PerformanceMeasure = 'accuracy' | 'log-loss' | 'reward';

export interface PerformanceEstimatorOptions {
  /** Labels after which one counts half; default 2,000. */
  readonly halfLife?: number;
  /** Of the interval; default 0.95. */
  readonly level?: number;
}

interface Evidence {
  readonly measure: PerformanceMeasure;
  /** Decisions that wait for a label. */
  readonly decisions: number;
  /** What the labels that were learned are worth, in equally weighted ones. */
  readonly labels: number;
}

/** A value with an interval for what the labels will give when they come, or the reason why there is none. */
export type PerformanceEstimate =
  | (Evidence & {
      readonly status: 'estimated';
      readonly value: number;
      readonly lower: number;
      readonly upper: number;
      readonly level: number;
    })
  | (Evidence & { readonly status: 'refused'; readonly refusal: PerformanceRefusal });

const stateSchema = v.strictObject({
  measure: v.picklist(['accuracy', 'log-loss', 'reward']),
  learned: outcomeBinsSchema,
  waiting: saidBinsSchema,
  agreement: labelAgreementSchema,
});
/** Plain JSON. */
export type PerformanceEstimatorState = v.InferOutput<typeof stateSchema>;

/**
 * How good the decisions are whose labels are late (confidence-based performance estimation; NannyML's CBPE): what came of earlier decisions of which the model said
 * as much. It is right where inputs change but not what they mean; where what they mean changes (concept drift), the model's confidence says nothing of it, and no
 * estimate without labels can be right. The first labels that show it make this one refuse.
 */
export class PerformanceEstimator {
  readonly #measure: PerformanceMeasure;
  readonly #scale: OutcomeScale;
  readonly #level: number;
  readonly #calibrator: Calibrator;
  readonly #waiting = new SaidBins();
  readonly #agreement = new LabelAgreement();

  /** @throws INVALID_CONFIG */
  constructor(measure: PerformanceMeasure, options: PerformanceEstimatorOptions = {}) {
    const { halfLife = 2000, level = 0.95 } = options;
    if (!(level > 0 && level < 1)) throw invalid('INVALID_CONFIG', `level ${level} is not between 0 and 1`);
    if (!(halfLife > 0)) throw invalid('INVALID_CONFIG', `half-life ${halfLife} is not above 0`);
    this.#measure = measure;
    this.#scale = measure === 'log-loss' ? natsScale : shareScale;
    this.#level = level;
    this.#calibrator = new Calibrator(this.#scale, halfLife);
  }

  /** A decision was made, and waits for its label. @throws INVALID_DATA */
  decide(said: number): void {
    this.#requireValid(said);
    this.#waiting.add(this.#scale.shareOf(said), said);
  }

  /** A label came for a decision that waited. @param said as when it was made @throws INVALID_DATA */
  label(said: number, outcome: number): void {
    this.#requireValid(said);
    this.#requireValid(outcome);
    this.#waiting.remove(this.#scale.shareOf(said), said);
    // Before, what is expected is mostly what the model says.
    if (this.#calibrator.outcomes >= LEAST_LABELS) this.#agreement.update(outcome, this.#calibrator.expected(said));
    this.#calibrator.update(said, outcome);
  }

  /** Labels of what waits now will not come any more, or are not of interest. */
  forgetWaiting(): void {
    this.#waiting.clear();
  }

  /** Of the decisions that wait. */
  estimate(): PerformanceEstimate {
    const bins = this.#waiting.bins;
    const evidence = { measure: this.#measure, decisions: this.#waiting.count, labels: this.#calibrator.outcomes };
    const refusal = refusalOf(evidence, bins, this.#calibrator, this.#agreement);
    if (refusal) return { ...evidence, status: 'refused', refusal };
    const { mean, variance, outcomeVariance } = this.#calibrator.expectation(bins);
    const half = normalDeviations(this.#level) * Math.sqrt(variance + outcomeVariance);
    const most = this.#scale.isUnbounded ? Infinity : 1;
    const [lower, upper] = [Math.max(0, mean - half), Math.min(most, mean + half)];
    return { ...evidence, status: 'estimated', value: Math.max(0, mean), lower, upper, level: this.#level };
  }

  state(): PerformanceEstimatorState {
    return {
      measure: this.#measure,
      learned: this.#calibrator.state(),
      waiting: this.#waiting.state(),
      agreement: this.#agreement.state(),
    };
  }

  /** Goes on exactly, with the same half-life. @param state of {@link state}, untrusted @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const schema = v.pipe(
      stateSchema,
      v.check(({ measure }) => measure === this.#measure, 'of another measure'),
    );
    const { learned, waiting, agreement } = parseState(schema, state, 'performance estimate');
    this.#calibrator.restore(learned);
    this.#waiting.restore(waiting);
    this.#agreement.restore(agreement);
  }

  #requireValid(value: number): void {
    const most = this.#scale.isUnbounded ? Number.MAX_VALUE : 1;
    if (!(value >= 0 && value <= most)) throw invalid('INVALID_DATA', `${value} is no value of ${this.#measure}`);
  }
}

function invalid(code: 'INVALID_CONFIG' | 'INVALID_DATA', reason: string): TendrilError {
  return new TendrilError(code, { reason });
}
