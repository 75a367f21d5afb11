/** Largest difference of two empirical distributions, in [0, 1]. Both samples have the same size, at least 1. */
export function kolmogorovSmirnov(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [first, second] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  const size = first.length;
  let [i, j, largest] = [0, 0, 0];
  while (i < size && j < size) {
    const value = Math.min(first[i]!, second[j]!);
    while (i < size && first[i] === value) i++;
    while (j < size && second[j] === value) j++;
    largest = Math.max(largest, Math.abs(i - j));
  }
  return largest / size;
}

/**
 * Chance of a statistic at least this large where both samples of `size` come from one continuous distribution: exact, by the reflection
 * principle (Hodges 1958, eq. 5.3), summed as SciPy's `ks_2samp` does. Too large where values tie, so never too small.
 */
export function kolmogorovSmirnovChance(statistic: number, size: number): number {
  const height = Math.round(statistic * size);
  if (height === 0) return 1;
  let chance = 0;
  for (let k = Math.floor(size / height); k >= 0; k--) {
    let term = 1;
    for (let j = 0; j < height; j++) term = ((size - k * height - j) * term) / (size + k * height + j + 1);
    chance = term * (1 - chance);
  }
  return Math.min(1, Math.max(0, 2 * chance));
}
