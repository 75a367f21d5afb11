import type { PartState } from '../../core/part-state.ts';
import { TendrilError } from '../../errors.ts';
import type { EstimatorName, OffPolicyEstimator } from './estimator.ts';
import { policyTerms, type LoggedInteraction } from './logged-interaction.ts';
import { defaultFloors, refusalOf, type EstimateFloors, type Refusal } from './refusal.ts';
import { ValueInterval, type ConfidenceInterval } from './value-interval.ts';
import { WeightDiagnostics } from './weight-diagnostics.ts';

export interface OffPolicyOptions {
  readonly floors?: Partial<EstimateFloors>;
  /** Of the confidence sequence; default 0.95. */
  readonly level?: number;
  /**
   * A bound on every weight that holds by design: the largest evaluation probability over the least propensity that the logging policy's
   * exploration allows. It makes the interval narrower. Default Infinity: none is known.
   */
  readonly maxWeight?: number;
}

interface Evidence {
  readonly estimator: EstimatorName;
  readonly count: number;
  readonly effectiveSamples: number;
  readonly effectiveRewards: number;
  readonly largestWeight: number;
  readonly meanWeight: number;
  /** Valid at every time, for the evaluation policy's value and not for the estimator's mean: an estimator's bias can leave it outside. */
  readonly interval: ConfidenceInterval;
}

/** A value to act on, or the reason why there is none; the interval holds either way. */
export type OffPolicyEstimate =
  | (Evidence & { readonly status: 'estimated'; readonly value: number; readonly standardError: number })
  | (Evidence & { readonly status: 'refused'; readonly refusal: Refusal });

/** Evaluates one policy on the log of another, one interaction at a time, in bounded state. */
export class OffPolicyEvaluation {
  readonly #estimators: readonly OffPolicyEstimator[];
  readonly #floors: EstimateFloors;
  readonly #level: number;
  readonly #maxWeight: number;
  readonly #weights = new WeightDiagnostics();
  readonly #interval: ValueInterval;

  /** @throws INVALID_CONFIG for a level outside (0, 1), a bound below 1, or two estimators of one name */
  constructor(estimators: readonly OffPolicyEstimator[], options: OffPolicyOptions = {}) {
    const { floors = {}, level = 0.95, maxWeight = Infinity } = options;
    if (!(level > 0 && level < 1)) throw invalidConfig(`level ${level} is not between 0 and 1`);
    if (!(maxWeight >= 1)) throw invalidConfig(`maxWeight ${maxWeight} is below 1, which is the mean weight`);
    if (new Set(estimators.map(({ name }) => name)).size !== estimators.length) {
      throw invalidConfig('two estimators have one name');
    }
    this.#estimators = estimators;
    this.#floors = { ...defaultFloors, ...floors };
    this.#level = level;
    this.#maxWeight = maxWeight;
    this.#interval = new ValueInterval(maxWeight);
  }

  /** @throws INVALID_DATA for an interaction that is not valid, or whose weight is above `maxWeight`; nothing is taken in then */
  update(interaction: LoggedInteraction): void {
    const terms = policyTerms(interaction);
    // A little above is rounding.
    if (terms.weight > this.#maxWeight * (1 + 1e-9)) {
      throw new TendrilError('INVALID_DATA', {
        reason: `weight ${terms.weight} is above the largest possible one, ${this.#maxWeight}`,
      });
    }
    this.#weights.update(terms);
    this.#interval.update(terms);
    for (const estimator of this.#estimators) estimator.update(terms);
  }

  /** One a estimator, in the order given to the constructor. */
  estimates(): OffPolicyEstimate[] {
    const { count, effectiveSamples, effectiveRewards, largestWeight, meanWeight } = this.#weights;
    const interval = this.#interval.interval(this.#level);
    const evidence = { count, effectiveSamples, effectiveRewards, largestWeight, meanWeight, interval };
    const refusal = refusalOf(this.#weights, this.#floors);
    return this.#estimators.map((estimator) => ({
      estimator: estimator.name,
      ...evidence,
      ...(refusal
        ? { status: 'refused' as const, refusal }
        : { status: 'estimated' as const, value: estimator.value(), standardError: estimator.standardError() }),
    }));
  }

  state(): PartState {
    const parts = [this.#weights, this.#interval, ...this.#estimators];
    const sums = Float64Array.from(parts.flatMap((part) => [...part.state()]));
    return { tensors: { sums }, values: { estimators: this.#names(), maxWeight: String(this.#maxWeight) } };
  }

  /** Continues exactly. @throws CHECKPOINT_CORRUPT when it is not the state of an evaluation with these estimators and this bound */
  restore(state: PartState): void {
    const parts = [this.#weights, this.#interval, ...this.#estimators];
    const size = parts.reduce((total, part) => total + part.stateSize, 0);
    const sums = state.tensors['sums'];
    if (!(sums instanceof Float64Array) || sums.length !== size || !sums.every((sum) => Number.isFinite(sum))) {
      throw corrupt('the sums of an off-policy evaluation are damaged');
    }
    const { estimators, maxWeight } = state.values;
    if (JSON.stringify(estimators) !== JSON.stringify(this.#names()) || maxWeight !== String(this.#maxWeight)) {
      throw corrupt('the sums are those of another off-policy evaluation');
    }
    let at = 0;
    for (const part of parts) part.restore(sums.subarray(at, (at += part.stateSize)));
  }

  #names(): string[] {
    return this.#estimators.map(({ name }) => name);
  }
}

/** Evaluates a whole log with fresh estimators. @throws INVALID_CONFIG, INVALID_DATA */
export function evaluateOffPolicy(
  interactions: Iterable<LoggedInteraction>,
  estimators: readonly OffPolicyEstimator[],
  options: OffPolicyOptions = {},
): OffPolicyEstimate[] {
  const evaluation = new OffPolicyEvaluation(estimators, options);
  for (const interaction of interactions) evaluation.update(interaction);
  return evaluation.estimates();
}

function invalidConfig(reason: string): TendrilError {
  return new TendrilError('INVALID_CONFIG', { reason });
}

function corrupt(reason: string): TendrilError {
  return new TendrilError('CHECKPOINT_CORRUPT', { reason });
}
