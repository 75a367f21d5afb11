import type { Cells } from './sorter.ts';
import type { VarianceScales } from './dispersion.ts';
import { kolmogorovSmirnovOfCells } from './distances.ts';
import { chiSquareTail, kolmogorovTail } from './laws.ts';
import { groupCells, groupCounts, likelihoodRatioTest, shareStatistic, type Share } from './likelihood-ratio.ts';
import type { Tally } from './tally.ts';

/**
 * P-value of a channel: the chance that a tally of rows from the reference's distribution is as different from the reference as this one. The least of up to three
 * tests, times their number: Kolmogorov and Smirnov's over ordered cells (moves), a likelihood ratio over groups of cells (any change of shape; rows must be
 * in one cell each), and one for each cell alone (values that were rare or missing; rows may be in several).
 * @param scales what differences have to be measured by where rows depend on each other
 */
export function channelPValue(cells: Cells, reference: Tally, current: Tally, scales: VarianceScales): number {
  if (reference.rows === 0 || current.rows === 0) return 1;
  // A block of rows that are all alike is worth one row.
  const within = (scale: number): number => Math.min(scale, current.rows);
  const tests = [leastShareTest(reference, current, scales.cells.map(within))];
  if (cells.kind !== 'entries') tests.push(groupTest(cells, reference, current, within(scales.all)));
  if (cells.kind === 'ordered') tests.push(orderedTest(reference, current, within(scales.all)));
  return Math.min(1, tests.length * Math.min(...tests));
}

function orderedTest(reference: Tally, current: Tally, scale: number): number {
  return kolmogorovTail(kolmogorovStatistic(reference, current) / Math.sqrt(scale));
}

/** √n · D of the values that are not missing, n being what both samples together are worth; 0 where one has none. */
export function kolmogorovStatistic(reference: Tally, current: Tally): number {
  const [p, q] = [reference.counts.slice(0, -1), current.counts.slice(0, -1)];
  const [m, n] = [sum(p), sum(q)];
  return m === 0 || n === 0 ? 0 : Math.sqrt((m * n) / (m + n)) * kolmogorovSmirnovOfCells(p, q);
}

/** G of one cell's share. */
export function cellStatistic(reference: Tally, current: Tally, cell: number): number {
  const share = ({ rows, counts }: Tally): Share => ({ rows, count: counts[cell]! });
  return shareStatistic(share(reference), share(current));
}

function groupTest(cells: Cells, reference: Tally, current: Tally, scale: number): number {
  const order = reference.counts.map((_, cell) => cell);
  if (cells.kind !== 'ordered') order.sort((a, b) => reference.counts[b]! - reference.counts[a]! || a - b);
  const rows = Math.min(reference.rows, current.rows) / scale;
  const groups = groupCells(order, reference.counts, rows);
  return likelihoodRatioTest(groupCounts(reference.counts, groups), groupCounts(current.counts, groups), scale);
}

function leastShareTest(reference: Tally, current: Tally, scales: readonly number[]): number {
  const inUse = reference.counts.flatMap((count, cell) => (count + current.counts[cell]! > 0 ? [cell] : []));
  const most = Math.max(0, ...inUse.map((cell) => cellStatistic(reference, current, cell) / scales[cell]!));
  return Math.min(1, inUse.length * chiSquareTail(most, 1));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
