import {
  missingShare,
  summariseNames,
  summariseNumbers,
  type ChannelSummary,
  type NumberSummary,
} from './channel-summary.ts';
import { cellStatistic, kolmogorovStatistic } from './channel-test.ts';
import { jensenShannonDistance } from './distances.ts';
import type { NamedCells } from './named-cells.ts';
import type { OrderedCells } from './ordered-cells.ts';
import { areaBetween, quantileOfPieces } from './pieces.ts';
import type { Sorter } from './sorter.ts';
import type { Tally } from './tally.ts';
import { spreadOf } from './value-distances.ts';

/** Changes smaller than this are not worth a word, however certain they are. */
export const LEAST_DISTANCE = 0.1;

export type DistanceMeasure = 'wasserstein' | 'jensen-shannon';

/** How a tally differs from the reference, whether by chance or not. */
export interface ChannelChange {
  /** `wasserstein`: mean way of a value, in units of the reference's spread. `jensen-shannon`: base 2, of the shares, or of the entry that moved most. */
  readonly measure: DistanceMeasure;
  readonly distance: number;
  /** Jensen-Shannon distance over all cells, in [0, 1]: the same scale for all kinds of features. */
  readonly severity: number;
  readonly reference: ChannelSummary;
  readonly current: ChannelSummary;
  /** What has moved, e.g. `median 20 → 35`. */
  readonly words: string;
}

/** @param sorter with cells */
export function channelChange(sorter: Sorter, reference: Tally, current: Tally): ChannelChange | null {
  const { cells } = sorter;
  if (!cells) return null;
  return cells.kind === 'ordered'
    ? numberChange(cells, reference, current)
    : nameChange(cells, sorter, reference, current);
}

function numberChange(cells: OrderedCells, reference: Tally, current: Tally): ChannelChange {
  const [p, q] = [cells.pieces(reference), cells.pieces(current)];
  const spread = spreadOf(quantileOfPieces(p, 0.25), quantileOfPieces(p, 0.75), cells.range) || 1;
  const moved = areaBetween(p, q) / spread;
  const missing = shareDistance(missingShare(reference), missingShare(current));
  const summaries = { reference: summariseNumbers(cells, reference), current: summariseNumbers(cells, current) };
  const severity = jensenShannonDistance(reference.counts, current.counts);
  // The surer of the two; both halves of a p-value's logarithm, about.
  const missingEvidence = cellStatistic(reference, current, cells.size - 1) / 2;
  if (missing >= LEAST_DISTANCE && missingEvidence > 2 * kolmogorovStatistic(reference, current) ** 2) {
    const words = `missing ${percent(missingShare(reference))} → ${percent(missingShare(current))}`;
    return { measure: 'jensen-shannon', distance: missing, severity, ...summaries, words };
  }
  return { measure: 'wasserstein', distance: moved, severity, ...summaries, words: numberWords(summaries, spread) };
}

function numberWords(summaries: { reference: NumberSummary; current: NumberSummary }, spread: number): string {
  const [before, after] = [summaries.reference, summaries.current];
  if (before.median === null || after.median === null) {
    return `median ${digits(before.median)} → ${digits(after.median)}`;
  }
  // What has changed more: the place, or the width.
  if (Math.abs(after.median - before.median) / spread >= Math.abs(Math.log(widthOf(after) / widthOf(before)))) {
    return `median ${digits(before.median)} → ${digits(after.median)}`;
  }
  const range = ({ lower, upper }: NumberSummary): string => `${digits(lower)} to ${digits(upper)}`;
  return `middle 80 % ${range(before)} → ${range(after)}`;
}

/** Never 0. */
function widthOf({ lower, upper }: NumberSummary): number {
  return Math.max(Number.MIN_VALUE, (upper ?? 0) - (lower ?? 0));
}

function nameChange(cells: NamedCells, sorter: Sorter, reference: Tally, current: Tally): ChannelChange {
  const evidence = reference.counts.map((_, cell) => cellStatistic(reference, current, cell));
  const most = evidence.indexOf(Math.max(...evidence));
  const [p, q] = [cellShare(reference, most), cellShare(current, most)];
  const severity = jensenShannonDistance(reference.counts, current.counts);
  return {
    measure: 'jensen-shannon',
    distance: cells.kind === 'entries' ? shareDistance(p, q) : severity,
    severity,
    reference: summariseNames(cells, sorter, reference),
    current: summariseNames(cells, sorter, current),
    words: `${sorter.nameOf(most)} ${percent(p)} → ${percent(q)}`,
  };
}

function cellShare({ rows, counts }: Tally, cell: number): number {
  return rows === 0 ? 0 : counts[cell]! / rows;
}

/** Jensen-Shannon distance of two shares, each against the rest. */
function shareDistance(p: number, q: number): number {
  return jensenShannonDistance([p, 1 - p], [q, 1 - q]);
}

function percent(share: number): string {
  return `${digits(100 * share)} %`;
}

function digits(value: number | null): string {
  return value === null ? 'none' : String(Number(value.toPrecision(3)));
}
