import * as v from 'valibot';
import { parseState } from '../distribution/parse-state.ts';

/** Labels after which one counts half. */
const HALF_LIFE = 100;
const KEEP = 0.5 ** (1 / HALF_LIFE);

const finite = v.pipe(v.number(), v.finite());
const stateSchema = v.strictObject({ residuals: finite, variance: v.pipe(finite, v.minValue(0)) });
export const labelAgreementSchema = stateSchema;
export type LabelAgreementState = v.InferOutput<typeof stateSchema>;

/** Whether the outcomes that came lately are as was expected of them before they were known. */
export class LabelAgreement {
  #residuals = 0;
  #variance = 0;

  update(outcome: number, expected: { readonly mean: number; readonly variance: number }): void {
    this.#residuals = KEEP * this.#residuals + outcome - expected.mean;
    this.#variance = KEEP * KEEP * this.#variance + expected.variance;
  }

  /** By how many standard deviations they are off, together; 0 before the first. */
  get deviation(): number {
    return this.#variance > 0 ? this.#residuals / Math.sqrt(this.#variance) : 0;
  }

  state(): LabelAgreementState {
    return { residuals: this.#residuals, variance: this.#variance };
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const { residuals, variance } = parseState(stateSchema, state, 'label agreement');
    [this.#residuals, this.#variance] = [residuals, variance];
  }
}
