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
  return reference.count === 0
    ? 0
    : wasserstein(reference, current) / spreadOf(low, high, reference.max - reference.min);
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
  if (a.values.length === 0 || b.values.length === 0) return;
  const [first, second] = [new Walker(a), new Walker(b)];
  let value = Math.min(first.next, second.next);
  while (value < Infinity) {
    const difference = first.shareUpTo(value) - second.shareUpTo(value);
    const next = Math.min(first.next, second.next);
    visit(difference, next < Infinity ? next - value : 0);
    value = next;
  }
}

/** Reads a distribution function once, from below. */
class Walker {
  readonly #of: WeightedValues;
  readonly #count: number;
  #at = 0;

  constructor(of: WeightedValues) {
    this.#of = of;
    this.#count = of.cumulative.at(-1) ?? 0;
  }

  /** The least value that is above all that was asked for; Infinity where there is none. */
  get next(): number {
    return this.#of.values[this.#at] ?? Infinity;
  }

  /** @param value not below those asked for before */
  shareUpTo(value: number): number {
    while (this.next <= value) this.#at++;
    return (this.#of.cumulative[this.#at - 1] ?? 0) / this.#count;
  }
}
