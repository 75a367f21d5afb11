/** Small operations on arrays with one place a class. */

/** A copy with room for `length` values, zeros behind the old ones; arrays that are long enough stay. */
export function grown<T extends Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(values: T, length: number): T {
  if (values.length >= length) return values;
  const larger = new (values.constructor as new (length: number) => T)(length);
  larger.set(values);
  return larger;
}

/** Scores to probabilities, in place. */
export function softmaxInPlace(scores: Float64Array): void {
  let highest = -Infinity;
  for (let i = 0; i < scores.length; i++) if (scores[i]! > highest) highest = scores[i]!;
  let total = 0;
  for (let i = 0; i < scores.length; i++) total += scores[i] = Math.exp(scores[i]! - highest);
  for (let i = 0; i < scores.length; i++) scores[i] = scores[i]! / total;
}

/** Scales values ≥ 0 to a sum of 1; uniform where they are all 0. */
export function normaliseInPlace(values: Float64Array): void {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  if (!(total > 0)) values.fill(1 / values.length);
  else for (let i = 0; i < values.length; i++) values[i] = values[i]! / total;
}

/**
 * How many classes memory is laid out for: 2, 8, 32, 128 … What depends on it starts anew when a class too many arrives, so that its bytes stay bounded;
 * two models with as many classes are laid out alike, however they came to them.
 */
export function classStage(count: number): number {
  let stage = 2;
  while (stage < count) stage *= 4;
  return stage;
}
