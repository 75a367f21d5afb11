import * as v from 'valibot';
import type { Rng } from '../../core/rng.ts';
import { finiteList } from './finite-list.ts';

const position = v.pipe(v.number(), v.integer(), v.minValue(1));
export const sourcesSchema = v.object({
  from: position,
  to: position,
  count: v.pipe(v.number(), v.integer(), v.minValue(1)),
  positions: finiteList(),
});

/** The episodes that an entry was made of: the range of their log positions, how many, and some of them (all, while they are few). */
export interface Sources {
  from: number;
  to: number;
  count: number;
  positions: number[];
}

/** Positions that an entry names. */
export const MAX_POSITIONS = 16;

export function sourcesOf(at: number): Sources {
  return { from: at, to: at, count: 1, positions: [at] };
}

/** Takes one more episode in; which of them are named is a reservoir (Vitter 1985). Positions may come in any order, each once. */
export function addSource(sources: Sources, at: number, rng: Rng): void {
  sources.from = Math.min(sources.from, at);
  sources.to = Math.max(sources.to, at);
  sources.count++;
  if (sources.positions.length < MAX_POSITIONS) {
    sources.positions.push(at);
    return;
  }
  const place = rng.nextInt(sources.count);
  if (place < MAX_POSITIONS) sources.positions[place] = at;
}

/** In the first, what the second was made of. */
export function mergeSources(into: Sources, other: Sources): void {
  into.from = Math.min(into.from, other.from);
  into.to = Math.max(into.to, other.to);
  into.count += other.count;
  const both = [...new Set([...into.positions, ...other.positions])].sort((a, b) => a - b);
  // Evenly over the range; all of them where they fit.
  const step = Math.max(1, both.length / MAX_POSITIONS);
  into.positions = Array.from(
    { length: Math.min(both.length, MAX_POSITIONS) },
    (_, index) => both[Math.floor(index * step)]!,
  );
}
