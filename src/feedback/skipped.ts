import { MAX_SKIPPED } from './attribution.ts';
import type { Outcome } from './outcome.ts';

/**
 * Of what was seen and not turned to, that which is learned as passed over: the nearest eight of each place where something was chosen (those above it
 * before those below), or the first eight where nothing was. A long scroll must not drown the click.
 * @param seen by place
 * @returns by place
 */
export function chooseSkipped(seen: readonly Outcome[], chosenSlots: readonly number[]): Outcome[] {
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
