import { MAX_SKIPPED } from './attribution.ts';
import type { Outcome } from './outcome.ts';

/** Something that was seen and not turned to. */
export interface PassedOver {
  readonly outcome: Outcome;
  /** In (0, 1]. */
  readonly weight: number;
}

/**
 * How much each of what was passed over counts. On the screen is not looked at: a visitor looks at a list from its top, and compares what was chosen with
 * what lies above it (Joachims et al. 2005, doi:10.1145/1076034.1076063). What lies below everything that was chosen, or the whole list where nothing was,
 * may not have been looked at, so that all of it counts as one: a screen full of items that end without a choice must not outweigh a click.
 * @param seen by place
 * @returns by place
 */
export function weighSkipped(seen: readonly Outcome[], chosenSlots: readonly number[]): PassedOver[] {
  const kept = chooseSkipped(seen, chosenSlots);
  const lowest = Math.max(-1, ...chosenSlots);
  const below = kept.filter(({ slot }) => slot > lowest).length;
  return kept.map((outcome) => ({ outcome, weight: outcome.slot > lowest ? 1 / below : 1 }));
}

/**
 * Of what was seen and not turned to, that which is learned as passed over: the nearest eight of each place where something was chosen (those above it
 * before those below), or the first eight where nothing was. A long scroll must not drown the click.
 * @param seen by place
 * @returns by place
 */
function chooseSkipped(seen: readonly Outcome[], chosenSlots: readonly number[]): Outcome[] {
  if (chosenSlots.length === 0) return seen.slice(0, MAX_SKIPPED);
  const kept = new Set(chosenSlots.flatMap((chosen) => nearest(seen, chosen)));
  return seen.filter((outcome) => kept.has(outcome));
}

/** @param seen by place */
function nearest(seen: readonly Outcome[], chosen: number): Outcome[] {
  const distance = ({ slot }: Outcome): number => Math.abs(slot - chosen);
  const below = seen.findIndex(({ slot }) => slot > chosen);
  const middle = below === -1 ? seen.length : below;
  return seen
    .slice(Math.max(0, middle - MAX_SKIPPED), middle + MAX_SKIPPED)
    .sort((a, b) => distance(a) - distance(b) || a.slot - b.slot)
    .slice(0, MAX_SKIPPED);
}
