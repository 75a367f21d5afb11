import * as v from 'valibot';
import { parseState } from '../distribution/parse-state.ts';
import { QuantileSketch } from '../distribution/quantile-sketch.ts';
import { quantileSketchSchema } from '../distribution/quantile-sketch-state.ts';

/** Values that the topmost level of each sketch holds: a share is off by about five points at most. */
const SKETCH_SIZE = 32;
const MAX_PERIODS = 8;

export interface ConfidencePeriod {
  /** Decisions before it, and in it. */
  readonly from: number;
  readonly decisions: number;
  readonly confidence: Percentiles | null;
  /** Nats; null where there were none. */
  readonly entropy: Percentiles | null;
}

/** The tenth, fiftieth and ninetieth. */
export interface Percentiles {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

const period = v.strictObject({
  decisions: v.pipe(v.number(), v.integer(), v.minValue(1)),
  confidence: quantileSketchSchema,
  entropy: quantileSketchSchema,
});
const stateSchema = v.strictObject({
  length: v.pipe(v.number(), v.integer(), v.minValue(1)),
  periods: v.pipe(v.array(period), v.maxLength(MAX_PERIODS)),
});
/** Plain JSON. */
export type ConfidenceHistoryState = v.InferOutput<typeof stateSchema>;

interface Period {
  decisions: number;
  readonly confidence: QuantileSketch;
  readonly entropy: QuantileSketch;
}

/**
 * How sure the model was over its whole life, in at most eight periods of the same length: when there is no room, each two become one. Whether a difference is more than chance is for `PredictionDrift` to say.
 */
export class ConfidenceHistory {
  #length: number;
  #periods: Period[] = [];

  /** @param length of the first periods, in decisions */
  constructor(length = 128) {
    this.#length = length;
  }

  /** @param confidence probability of the decision, or a score @param entropy of all probabilities, in nats; null where there are none */
  update(confidence: number, entropy: number | null): void {
    let last = this.#periods.at(-1);
    if (!last || last.decisions >= this.#length) {
      if (this.#periods.length === MAX_PERIODS) this.#halve();
      last = this.#lastWithRoom();
    }
    last.decisions++;
    last.confidence.update(confidence);
    last.entropy.update(entropy);
  }

  /** From the first one on. */
  periods(): ConfidencePeriod[] {
    let from = 0;
    return this.#periods.map(({ decisions, confidence, entropy }) => {
      from += decisions;
      return {
        from: from - decisions,
        decisions,
        confidence: percentilesOf(confidence),
        entropy: percentilesOf(entropy),
      };
    });
  }

  state(): ConfidenceHistoryState {
    const periods = this.#periods.map(({ decisions, confidence, entropy }) => ({
      decisions,
      confidence: confidence.state(),
      entropy: entropy.state(),
    }));
    return { length: this.#length, periods };
  }

  /** Goes on exactly. @param state of {@link state}, untrusted @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const { length, periods } = parseState(stateSchema, state, 'history of confidence');
    this.#length = length;
    this.#periods = periods.map(({ decisions, confidence, entropy }) => ({
      decisions,
      confidence: QuantileSketch.restore(confidence),
      entropy: QuantileSketch.restore(entropy),
    }));
  }

  #lastWithRoom(): Period {
    const last = this.#periods.at(-1);
    if (last && last.decisions < this.#length) return last;
    const fresh = {
      decisions: 0,
      confidence: new QuantileSketch(SKETCH_SIZE),
      entropy: new QuantileSketch(SKETCH_SIZE),
    };
    this.#periods.push(fresh);
    return fresh;
  }

  #halve(): void {
    const halved: Period[] = [];
    for (let i = 0; i < this.#periods.length; i += 2) {
      const [into, other] = [this.#periods[i]!, this.#periods[i + 1]];
      if (other) {
        into.decisions += other.decisions;
        into.confidence.merge(other.confidence);
        into.entropy.merge(other.entropy);
      }
      halved.push(into);
    }
    this.#periods = halved;
    this.#length *= 2;
  }
}

function percentilesOf(sketch: QuantileSketch): Percentiles | null {
  if (sketch.count === 0) return null;
  return { lower: sketch.quantile(0.1), median: sketch.quantile(0.5), upper: sketch.quantile(0.9) };
}
