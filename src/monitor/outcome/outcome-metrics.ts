import type { Json } from '../../core/part-state.ts';
import type { MeanInterval } from './mean-interval.ts';

/** What came of predictions, one at a time, in bounded state. */
export interface OutcomeMetrics<Observation, Summary> {
  /** @throws INVALID_DATA for numbers outside their ranges; nothing is taken in then */
  update(observation: Observation): void;
  /** Plain JSON; null stands for a figure that there is nothing to say about yet. */
  summary(): Summary;
  /** Means in [0, 1] over all time that can be compared between segments, by name. */
  readonly measures: Readonly<Partial<Record<string, MeanInterval>>>;
  /** Plain JSON. */
  state(): Json;
  /** Continues exactly where `state` was taken. @throws INVALID_DATA; then it has to be made anew */
  restore(state: unknown): void;
}

/** A mean in [0, 1] over all time, with a confidence sequence for it. */
export interface MeasuredMean {
  readonly count: number;
  readonly mean: number | null;
  readonly lower: number;
  readonly upper: number;
  /** Probability, e.g. 0.95, that the true mean is inside at every time at once. */
  readonly level: number;
}

/** Of every measure that is there. */
export function measuredMeans<Measures extends { readonly [Name in keyof Measures]?: MeanInterval }>(
  measures: Measures,
): { readonly [Name in keyof Measures]: MeasuredMean } {
  const entries = Object.entries<MeanInterval>(measures as Record<string, MeanInterval>).map(([name, measure]) => [
    name,
    { count: measure.count, mean: measure.mean(), ...measure.interval() },
  ]);
  return Object.fromEntries(entries) as { [Name in keyof Measures]: MeasuredMean };
}
