import type { QuantileSketch, WeightedValues } from './quantile-sketch.ts';

/** Distances between what two quantile sketches have seen, over the values themselves: exact while the sketches are. */

/** Largest difference of the two distribution functions; 0 where one side is empty. */
export function kolmogorovSmirnov(reference: QuantileSketch, current: QuantileSketch): number {
  let largest = 0;
  walk(reference.weighted(), current.weighted(), (difference) => {
    largest = Math.max(largest, Math.abs(difference));
  });
  return largest;
}

/** Area between the two distribution functions, in units of the values: what has to be moved, and how far. 0 where one side is empty. */
export function wasserstein(reference: QuantileSketch, current: QuantileSketch): number {
  let area = 0;
  walk(reference.weighted(), current.weighted(), (difference, width) => {
    area += Math.abs(difference) * width;
  });
  return area;
}

/** {@link wasserstein} in units of the reference's spread; see {@link spreadOf}. */
export function normalisedWasserstein(reference: QuantileSketch, current: QuantileSketch): number {
  const [low, high] = [reference.quantile(0.25), reference.quantile(0.75)];
  return reference.count === 0 ? 0 : wasserstein(reference, current) / spreadOf(low, high, reference.max - reference.min);
}

/** Half the middle values lie within this range of a normal distribution with deviation 1. */
const NORMAL_QUARTILES = 1.349;

/**
 * What counts as one deviation: the quartiles' distance over that of a normal distribution, which no outlier moves; where half of the values are the same,
 * a sixth of the range; 1 for a constant.
 */
export function spreadOf(lowerQuartile: number, upperQuartile: number, range: number): number {
  return (upperQuartile - lowerQuartile) / NORMAL_QUARTILES || range / 6 || 1;
}

/** Calls back with the difference of the distribution functions between each value and the next, and how far that is (0 at the last). */
function walk(a: WeightedValues, b: WeightedValues, visit: (difference: number, width: number) => void): void {
  const [m, n] = [a.cumulative.at(-1) ?? 0, b.cumulative.at(-1) ?? 0];
  if (m === 0 || n === 0) return;
  let [i, j] = [0, 0];
  while (i < a.values.length || j < b.values.length) {
    const value = Math.min(a.values[i] ?? Infinity, b.values[j] ?? Infinity);
    while (a.values[i] === value) i++;
    while (b.values[j] === value) j++;
    const next = Math.min(a.values[i] ?? Infinity, b.values[j] ?? Infinity);
    const difference = (a.cumulative[i - 1] ?? 0) / m - (b.cumulative[j - 1] ?? 0) / n;
    visit(difference, next === Infinity ? 0 : next - value);
  }
}
