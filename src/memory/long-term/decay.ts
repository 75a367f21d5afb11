export const DAY_MS = 24 * 3_600_000;

/** Half-lives of what is preferred, in days, side by side: what the visitor is after now, and what they always liked. */
export const HALF_LIVES_DAYS = [7, 90] as const;

/** What is left of a weight after `passedMs`. */
export function decay(passedMs: number, halfLifeDays: number): number {
  return passedMs <= 0 ? 1 : 2 ** (-passedMs / (halfLifeDays * DAY_MS));
}

/** Sums of the same quantities under each half-life, worth what they say at `atMs`. */
export interface DecayedSums {
  atMs: number;
  /** [half-lives][quantities], flat */
  sums: number[];
}

export function emptySums(atMs: number, width: number): DecayedSums {
  return { atMs, sums: Array.from({ length: HALF_LIVES_DAYS.length * width }, () => 0) };
}

/**
 * Adds quantities that were observed at `atMs`, which may be before what was added last: the result does not depend on the order, but for rounding.
 * @param quantities [width] @param sign -1 takes back what was added
 */
export function addDecayed(into: DecayedSums, atMs: number, quantities: readonly number[], sign: 1 | -1): void {
  const width = quantities.length;
  const later = Math.max(into.atMs, atMs);
  for (let h = 0; h < HALF_LIVES_DAYS.length; h++) {
    const kept = decay(later - into.atMs, HALF_LIVES_DAYS[h]!);
    const share = sign * decay(later - atMs, HALF_LIVES_DAYS[h]!);
    for (let i = 0; i < width; i++) {
      const at = h * width + i;
      into.sums[at] = into.sums[at]! * kept + share * quantities[i]!;
    }
  }
  into.atMs = later;
}
