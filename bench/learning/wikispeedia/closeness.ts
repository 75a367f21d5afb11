/** Shared entries of all entries of two sets, in [0, 1] (Jaccard). */
export function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const entry of a) if (b.has(entry)) shared += 1;
  return shared === 0 ? 0 : shared / (a.size + b.size - shared);
}

/** Levels that the two have in common from the top down: `A.B` and `A.C` have one. */
export function commonLevels(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let deepest = 0;
  for (const category of a) if (b.has(category)) deepest = Math.max(deepest, category.split('.').length);
  return deepest;
}

/** Distances from the list's mean in its standard deviations; all 0 where nothing differs. */
export function amongList(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (deviation === 0 ? 0 : (value - mean) / deviation));
}

/** log(1 + place) of each by falling value, the highest at place 0; equal ones in the order of the list. */
export function logPlaces(values: readonly number[]): number[] {
  const places = new Array<number>(values.length);
  byFalling(values).forEach((index, place) => {
    places[index] = Math.log1p(place);
  });
  return places;
}

/** Indices by falling value; equal ones keep their order. */
export function byFalling(values: readonly number[]): number[] {
  return values.map((_, index) => index).sort((a, b) => values[b]! - values[a]!);
}
