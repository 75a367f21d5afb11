/** One answer of a page: how good it was by the truth, and whether the version that gave it had learned anything bad. */
export interface Decision {
  readonly quality: number;
  readonly tainted: boolean;
}

/** Decisions on each side over which a version is compared with the oracle. */
const AROUND = 20;
/** About twice the standard error of a mean over so many decisions, where the two decide differently on one in ten. */
const WITHIN_NOISE = 0.1;

/**
 * Decisions that a bad version answered: one that has learned something bad and has not been rid of it, while the decisions around, 20 on each side, are
 * worse than the oracle's by more than noise.
 */
export function badDecisions(decisions: readonly Decision[], oracle: readonly Decision[]): number {
  const lost = decisions.map(({ quality }, index) => oracle[index]!.quality - quality);
  return decisions.filter(({ tainted }, index) => tainted && mean(around(lost, index)) > WITHIN_NOISE).length;
}

/** A decision, on average over all. */
export function meanLost(decisions: readonly Decision[], oracle: readonly Decision[]): number {
  return mean(decisions.map(({ quality }, index) => oracle[index]!.quality - quality));
}

function around(values: readonly number[], index: number): readonly number[] {
  return values.slice(Math.max(0, index - AROUND), index + AROUND + 1);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
