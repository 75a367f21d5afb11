import { emptyMoments, standardDeviation, updateMoments, type Moments } from '../core/running-moments.ts';

/** What was observed of one visit, by name; absent, null and not finite all mean: not known. */
export type ImplicitSignals = Readonly<Record<string, number | null | undefined>>;

/** Standardised values are cut here, so that one wild signal cannot throw the model. */
const CLIP = 3;

/**
 * Signals as a vector: an intercept, the declared formula's reward as log odds, and for each signal its standardised `sign(x) ln(1 + |x|)` (durations and
 * counts have long tails) and an indicator for not being known.
 */
export class SatisfactionFeatures {
  readonly signals: readonly string[];
  #moments: Moments[];

  constructor(signals: readonly string[]) {
    this.signals = signals;
    this.#moments = signals.map(() => emptyMoments());
  }

  get size(): number {
    return 2 + 2 * this.signals.length;
  }

  /** Writes [size] numbers. @param formulaReward in [0, 1] */
  write(signals: ImplicitSignals, formulaReward: number, out: Float64Array): void {
    const reward = Math.min(0.98, Math.max(0.02, formulaReward));
    out[0] = 1;
    out[1] = Math.log(reward / (1 - reward));
    this.signals.forEach((name, index) => {
      const value = squashed(signals, name);
      const moments = this.#moments[index]!;
      const deviation = standardDeviation(moments);
      const standardised = value === null || deviation === 0 ? 0 : (value - moments.mean) / deviation;
      out[2 + 2 * index] = Math.min(CLIP, Math.max(-CLIP, standardised));
      out[3 + 2 * index] = value === null ? 1 : 0;
    });
  }

  /** Takes a visit into the running moments, labelled or not. */
  observe(signals: ImplicitSignals): void {
    this.signals.forEach((name, index) => {
      const value = squashed(signals, name);
      if (value !== null) updateMoments(this.#moments[index]!, value);
    });
  }

  /** [3 · signals]: count, mean and squares of each. */
  state(): Float64Array<ArrayBuffer> {
    return Float64Array.from(this.#moments.flatMap(({ count, mean, squares }) => [count, mean, squares]));
  }

  restore(state: Float64Array): void {
    this.#moments = this.signals.map((_, index) => {
      return { count: state[3 * index]!, mean: state[3 * index + 1]!, squares: state[3 * index + 2]! };
    });
  }
}

function squashed(signals: ImplicitSignals, name: string): number | null {
  const value = Object.hasOwn(signals, name) ? signals[name] : null;
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  return Math.sign(value) * Math.log1p(Math.abs(value));
}
