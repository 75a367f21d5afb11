/** Two exact tests of significance, by counting: no distribution is assumed, and a few visitors are enough. */

/**
 * One-sided sign test: the chance of at least as many rises if a rise were as likely as a fall. Ties are left out, as usual.
 * @param pairs `[before, after]`
 * @returns p-value in (0, 1]
 */
export function signTest(pairs: readonly (readonly [number, number])[]): number {
  const changed = pairs.filter(([before, after]) => before !== after);
  const rises = changed.filter(([before, after]) => after > before).length;
  let count = 0;
  for (let k = rises; k <= changed.length; k++) count += binomial(changed.length, k);
  return count / 2 ** changed.length;
}

/**
 * One-sided permutation test of two groups: the share of all ways to split the values into groups of these sizes whose first group has at
 * least the sum that it has.
 * @returns p-value in (0, 1]
 */
export function permutationTest(higher: readonly number[], lower: readonly number[]): number {
  const values = [...higher, ...lower];
  const observed = sum(higher);
  // A tolerance, because the same numbers added in another order may differ in the last bit.
  const sums = subsetSums(values, higher.length);
  return sums.filter((candidate) => candidate >= observed - 1e-9).length / sums.length;
}

function subsetSums(values: readonly number[], size: number): number[] {
  if (size === 0) return [0];
  if (values.length < size) return [];
  const [first = 0, ...rest] = values;
  return [...subsetSums(rest, size - 1).map((total) => total + first), ...subsetSums(rest, size)];
}

function binomial(n: number, k: number): number {
  return k === 0 ? 1 : (binomial(n, k - 1) * (n - k + 1)) / k;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
