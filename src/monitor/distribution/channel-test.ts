import type { Cells } from './sorter.ts';
import { kolmogorovSmirnovOfCells } from './distances.ts';
import { kolmogorovTail } from './laws.ts';
import { groupCells, groupCounts, likelihoodRatioTest, shareTest } from './likelihood-ratio.ts';
import type { Tally } from './tally.ts';

/**
 * P-value of a channel: the chance that a tally of rows from the reference's distribution is as different from the reference as this one. The least of up to three
 * tests, times their number: Kolmogorov and Smirnov's over ordered cells (moves), a likelihood ratio over groups of cells (any change of shape; rows must be
 * in one cell each), and one for each cell alone (values that were rare or missing; rows may be in several).
 * @param scale by how much counts are more variable than those of independent rows, at least 1
 */
export function channelPValue(cells: Cells, reference: Tally, current: Tally, scale: number): number {
  if (reference.rows === 0 || current.rows === 0) return 1;
  const tests = [leastShareTest(reference, current, scale)];
  if (cells.kind !== 'entries') tests.push(groupTest(cells, reference, current, scale));
  if (cells.kind === 'ordered') tests.push(orderedTest(reference, current, scale));
  return Math.min(1, tests.length * Math.min(...tests));
}

function orderedTest(reference: Tally, current: Tally, scale: number): number {
  const [p, q] = [reference.counts.slice(0, -1), current.counts.slice(0, -1)];
  const [m, n] = [sum(p), sum(q)];
  if (m === 0 || n === 0) return 1;
  return kolmogorovTail(Math.sqrt((m * n) / (m + n) / scale) * kolmogorovSmirnovOfCells(p, q));
}

function groupTest(cells: Cells, reference: Tally, current: Tally, scale: number): number {
  const order = reference.counts.map((_, cell) => cell);
  if (cells.kind !== 'ordered') order.sort((a, b) => reference.counts[b]! - reference.counts[a]! || a - b);
  const rows = Math.min(reference.rows, current.rows) / scale;
  const groups = groupCells(order, reference.counts, rows);
  return likelihoodRatioTest(groupCounts(reference.counts, groups), groupCounts(current.counts, groups), scale);
}

function leastShareTest(reference: Tally, current: Tally, scale: number): number {
  let [least, tests] = [1, 0];
  reference.counts.forEach((count, cell) => {
    const other = current.counts[cell]!;
    if (count + other === 0) return;
    tests++;
    const p = shareTest({ count, rows: reference.rows }, { count: other, rows: current.rows }, scale);
    least = Math.min(least, p);
  });
  return Math.min(1, tests * least);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
