import { chiSquareTail } from './laws.ts';

/** Expected rows that a group of cells needs in the smaller sample. */
const LEAST_EXPECTED = 5;

/**
 * Chance of two samples from one distribution being as different as these: the G-test (Wilks 1938) with Williams's correction (1976,
 * doi 10.1093/biomet/63.1.33). Not Pearson's statistic: with cells of unequal shares its chance far out, where many looks put the threshold, is several
 * times what the chi-square law says; that of G stays within a factor of two.
 * @param scale by how much both samples are more variable than independent rows
 */
export function likelihoodRatioTest(reference: readonly number[], current: readonly number[], scale: number): number {
  const [m, n] = [sum(reference), sum(current)];
  if (m === 0 || n === 0) return 1;
  const total = m + n;
  let [statistic, inverses, groups] = [0, 0, 0];
  for (let i = 0; i < reference.length; i++) {
    const column = reference[i]! + current[i]!;
    if (column === 0) continue;
    groups++;
    inverses += total / column;
    statistic += 2 * (deviance(reference[i]!, (m * column) / total) + deviance(current[i]!, (n * column) / total));
  }
  if (groups < 2) return 1;
  const williams = 1 + ((total / m + total / n - 1) * (inverses - 1)) / (6 * total * (groups - 1));
  return chiSquareTail(statistic / (williams * scale), groups - 1);
}

/** Rows of a kind among all of a sample. */
export interface Share {
  readonly count: number;
  readonly rows: number;
}

/** G of the likelihood ratio for one share in two samples, to be held against the chi-square law of one degree; for rare events that law says too much. */
export function shareStatistic(reference: Share, current: Share): number {
  const [m, n] = [reference.rows, current.rows];
  if (m === 0 || n === 0) return 0;
  const share = (reference.count + current.count) / (m + n);
  const inside = deviance(reference.count, m * share) + deviance(current.count, n * share);
  const outside = deviance(m - reference.count, m * (1 - share)) + deviance(n - current.count, n * (1 - share));
  return 2 * (inside + outside);
}

/**
 * Puts cells together until each group can be expected to have five rows of the smaller sample. Which go together depends on the reference alone.
 * @param order cells, those that may be put together side by side @param rows of the smaller sample, in independent ones
 * @returns [cells]: the group of each
 */
export function groupCells(order: readonly number[], reference: readonly number[], rows: number): number[] {
  const least = (LEAST_EXPECTED * sum(reference)) / rows;
  const groups = new Array<number>(reference.length).fill(0);
  let [group, weight] = [0, 0];
  for (const cell of order) {
    if (weight >= least) {
      group++;
      weight = 0;
    }
    groups[cell] = group;
    weight += reference[cell]!;
  }
  // What is left at the end goes with the group before it.
  if (weight < least && group > 0) for (const cell of order) if (groups[cell] === group) groups[cell] = group - 1;
  return groups;
}

/** @returns [groups] */
export function groupCounts(counts: readonly number[], groups: readonly number[]): number[] {
  const sums = new Array<number>(Math.max(0, ...groups) + 1).fill(0);
  for (let i = 0; i < counts.length; i++) sums[groups[i]!] = sums[groups[i]!]! + counts[i]!;
  return sums;
}

function deviance(count: number, expected: number): number {
  return count > 0 ? count * Math.log(count / expected) : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
