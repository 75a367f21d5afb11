import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import type { ConfidenceInterval } from '../off-policy/value-interval.ts';
import { LowerMeanProcess } from '../sequential/lower-mean-process.ts';
import { lowestPossible } from '../sequential/lowest-possible.ts';
import { finite, invalidData, parseState, weight, wholeNumber } from './parse-state.ts';

const sums = v.strictTuple([wholeNumber, finite, weight]);
const stateSchema = v.strictObject({ lower: sums, upper: sums });

/**
 * Mean of values in [0, 1] with a confidence sequence: it holds however often it is looked at and whenever one stops, which is how figures on a dashboard
 * are read. Where the mean changes with time it is for the mean so far. Each end is the lower bound of {@link LowerMeanProcess}, the upper one of 1 − value.
 */
export class MeanInterval {
  readonly #lower = new LowerMeanProcess(0);
  readonly #upper = new LowerMeanProcess(0);

  get count(): number {
    return this.#lower.count;
  }

  /** Null before the first value. */
  mean(): number | null {
    return this.count === 0 ? null : this.#lower.sum / this.count;
  }

  /** @param value in [0, 1] @throws INVALID_DATA */
  update(value: number): void {
    if (!(value >= 0 && value <= 1)) throw invalidData(`${value} is not in [0, 1]`);
    this.#lower.update(value);
    this.#upper.update(1 - value);
  }

  /** @param level probability that the true mean is inside at every time at once */
  interval(level = 0.95): ConfidenceInterval {
    const perSide = (1 - level) / 2;
    return { lower: lowerBound(this.#lower, perSide), upper: 1 - lowerBound(this.#upper, perSide), level };
  }

  state(): Json {
    return { lower: this.#lower.state(), upper: this.#upper.state() };
  }

  /** @throws INVALID_DATA */
  restore(state: unknown): void {
    const { lower, upper } = parseState(stateSchema, state, 'a mean');
    if (lower[0] !== upper[0]) throw invalidData('the two sides of a mean have different counts');
    this.#lower.restore(lower);
    this.#upper.restore(upper);
  }
}

function lowerBound(process: LowerMeanProcess, errorProbability: number): number {
  return lowestPossible((mean) => process.logEvidence(mean), errorProbability, [0, 1]);
}
