import type { ConfidenceInterval } from '../off-policy/value-interval.ts';
import type { MeanInterval } from './mean-interval.ts';
import { ratio } from './windowed-sums.ts';

interface Compared {
  /** Name of the mean, in [0, 1], that is compared. */
  readonly measure: string;
  readonly segments: readonly [first: string, second: string];
  /** Registry's number of the model that served both; null for one that never was there. */
  readonly modelVersion: number | null;
  readonly counts: readonly [first: number, second: number];
}

/** How the outcomes of two segments differ, or why that cannot be said yet. */
export type OutcomeGap =
  | (Compared & {
      readonly status: 'estimated';
      readonly means: readonly [first: number, second: number];
      /** First − second, in [-1, 1]. */
      readonly difference: number;
      readonly differenceInterval: ConfidenceInterval;
      /** First / second; null where the second is 0. */
      readonly ratio: number | null;
      /** `upper` is null where it has no bound: the second mean may be 0. */
      readonly ratioInterval: { readonly lower: number; readonly upper: number | null; readonly level: number };
    })
  | (Compared & {
      readonly status: 'refused';
      readonly reason: 'too-few-observations';
      /** Observations that each segment needs. */
      readonly least: number;
    });

export interface GapOptions {
  /** Observations that each segment needs; default 50. */
  readonly least?: number;
  /** Default 0.95. */
  readonly level?: number;
}

/**
 * Both intervals hold at every time at once, together: each mean has a confidence sequence that misses with half of the error probability. They are wider than
 * one of a single look, and do not raise a false alarm because somebody looks every hour.
 */
export function gapBetween(
  compared: Omit<Compared, 'counts'>,
  [first, second]: readonly [MeanInterval | undefined, MeanInterval | undefined],
  { least = 50, level = 0.95 }: GapOptions = {},
): OutcomeGap {
  const counts = [first?.count ?? 0, second?.count ?? 0] as const;
  if (first && second && Math.min(...counts) >= Math.max(1, least)) {
    return { ...compared, counts, status: 'estimated', ...estimate(first, second, level) };
  }
  return { ...compared, counts, status: 'refused', reason: 'too-few-observations', least };
}

function estimate(first: MeanInterval, second: MeanInterval, level: number) {
  const means = [first.mean() ?? 0, second.mean() ?? 0] as const;
  const ofEach = 1 - (1 - level) / 2;
  const [one, other] = [first.interval(ofEach), second.interval(ofEach)];
  return {
    means,
    difference: means[0] - means[1],
    differenceInterval: { lower: one.lower - other.upper, upper: one.upper - other.lower, level },
    ratio: ratio(...means),
    ratioInterval: { lower: ratio(one.lower, other.upper) ?? 0, upper: ratio(one.upper, other.lower), level },
  };
}
