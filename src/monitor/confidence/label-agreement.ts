import * as v from 'valibot';
import { parseState } from '../distribution/parse-state.ts';

/** Labels after which one counts half. */
const HALF_LIFE = 100;
const KEEP = 0.5 ** (1 / HALF_LIFE);

const finite = v.pipe(v.number(), v.finite());
const positive = v.pipe(finite, v.minValue(0));
export const labelAgreementSchema = v.strictObject({
  residuals: finite,
  variance: positive,
  weight: positive,
  weightSquares: positive,
});
export type LabelAgreementState = v.InferOutput<typeof labelAgreementSchema>;

/** Whether the outcomes that came lately are as was expected of them before they were known. */
export class LabelAgreement {
  /** Decayed sums. */
  #sums: LabelAgreementState = { residuals: 0, variance: 0, weight: 0, weightSquares: 0 };

  update(outcome: number, expected: { readonly mean: number; readonly variance: number }): void {
    const { residuals, variance, weight, weightSquares } = this.#sums;
    this.#sums = {
      residuals: KEEP * residuals + outcome - expected.mean,
      variance: KEEP * KEEP * variance + expected.variance,
      weight: KEEP * weight + 1,
      weightSquares: KEEP * KEEP * weightSquares + 1,
    };
  }

  /**
   * By how many standard deviations they are off, together; 0 before the first.
   * @param labels that the expectation was learned from: it may be off itself, for all of them alike
   */
  deviation(labels: number): number {
    const { residuals, variance, weight, weightSquares } = this.#sums;
    if (!(variance > 0)) return 0;
    const shared = (weight * weight * (variance / weightSquares)) / labels;
    return residuals / Math.sqrt(variance + shared);
  }

  state(): LabelAgreementState {
    return { ...this.#sums };
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    this.#sums = parseState(labelAgreementSchema, state, 'label agreement');
  }
}
