/** Distances between two distributions over the same cells. Both are given as counts (or shares); each is divided by its sum. */

type Counts = ArrayLike<number>;

/** Where one side has nothing, it is taken to have half an observation: a share of 0 would make the index infinite. */
const LEAST_COUNT = 0.5;

/**
 * Population stability index, Σ (q − p) ln(q / p): the symmetric Kullback-Leibler divergence in nats. By custom 0.1 is some and 0.25 a large change.
 * @param reference counts and not shares, as `current`: an empty cell counts half
 */
export function populationStabilityIndex(reference: Counts, current: Counts): number {
  const [m, n] = [total(reference), total(current)];
  if (m === 0 || n === 0) return 0;
  let sum = 0;
  for (let i = 0; i < reference.length; i++) {
    if (reference[i] === 0 && current[i] === 0) continue;
    const p = Math.max(reference[i]!, LEAST_COUNT) / m;
    const q = Math.max(current[i]!, LEAST_COUNT) / n;
    sum += (q - p) * Math.log(q / p);
  }
  return sum;
}

/** Square root of the Jensen-Shannon divergence in bits: a metric in [0, 1] (Endres and Schindelin 2003). */
export function jensenShannonDistance(reference: Counts, current: Counts): number {
  const [m, n] = [total(reference), total(current)];
  if (m === 0 || n === 0) return 0;
  let sum = 0;
  for (let i = 0; i < reference.length; i++) {
    const [p, q] = [reference[i]! / m, current[i]! / n];
    sum += halfRelativeEntropy(p, (p + q) / 2) + halfRelativeEntropy(q, (p + q) / 2);
  }
  return Math.sqrt(Math.min(1, Math.max(0, sum)));
}

function halfRelativeEntropy(p: number, middle: number): number {
  return p > 0 ? (p * Math.log2(p / middle)) / 2 : 0;
}

/** Largest difference of the shares up to a cell; of the values themselves where no cell has two of them. */
export function kolmogorovSmirnovOfCells(reference: Counts, current: Counts): number {
  const [m, n] = [total(reference), total(current)];
  if (m === 0 || n === 0) return 0;
  let [below, largest] = [0, 0];
  for (let i = 0; i < reference.length; i++) {
    below += reference[i]! / m - current[i]! / n;
    largest = Math.max(largest, Math.abs(below));
  }
  return largest;
}

/** Largest difference of the shares of a cell. */
export function lInfinity(reference: Counts, current: Counts): number {
  const [m, n] = [total(reference), total(current)];
  if (m === 0 || n === 0) return 0;
  let largest = 0;
  for (let i = 0; i < reference.length; i++) largest = Math.max(largest, Math.abs(reference[i]! / m - current[i]! / n));
  return largest;
}

function total(counts: Counts): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i]!;
  return sum;
}
