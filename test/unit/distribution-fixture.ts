import type { ParsedFeatures, ParsedValue } from '../../src/core/task.ts';
import { Rng } from '../../src/core/rng.ts';

/** Numerical Recipes, ranqd1: test/fixtures/distribution/goldens.py draws the same numbers. */
export function uniforms(seed: number, count: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

/** Rows of one feature `f`. */
export function* rowsOf(seed: number, count: number, value: (rng: Rng) => ParsedValue): Generator<ParsedFeatures> {
  const rng = Rng.fromSeed(seed);
  for (let i = 0; i < count; i++) yield { f: value(rng) };
}

export const throughJson = (state: unknown): unknown => JSON.parse(JSON.stringify(state));
