import type { NamedCells } from './named-cells.ts';
import type { OrderedCells } from './ordered-cells.ts';
import { quantileOfPieces } from './pieces.ts';
import type { Sorter } from './sorter.ts';
import type { Tally } from './tally.ts';

/** Names that a summary lists. */
const LISTED = 5;

export interface NumberSummary {
  readonly rows: number;
  /** Share of rows without a value. */
  readonly missing: number;
  /** The tenth, fiftieth and ninetieth percentile; null without values. */
  readonly lower: number | null;
  readonly median: number | null;
  readonly upper: number | null;
}

export interface NameSummary {
  readonly rows: number;
  readonly missing: number;
  /** Shares of rows, the largest first; those of several entries may add up to more than 1. */
  readonly shares: readonly { readonly name: string; readonly share: number }[];
}

export type ChannelSummary = NumberSummary | NameSummary;

export function summariseNumbers(cells: OrderedCells, tally: Tally): NumberSummary {
  const pieces = cells.pieces(tally);
  const at = (probability: number): number | null => finiteOrNull(quantileOfPieces(pieces, probability));
  return { rows: tally.rows, missing: missingShare(tally), lower: at(0.1), median: at(0.5), upper: at(0.9) };
}

export function summariseNames(cells: NamedCells, sorter: Sorter, tally: Tally): NameSummary {
  const shares = tally.counts
    .slice(0, cells.size - 1)
    .map((count, cell) => ({ name: sorter.nameOf(cell), share: tally.rows === 0 ? 0 : count / tally.rows }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1));
  return { rows: tally.rows, missing: missingShare(tally), shares: shares.slice(0, LISTED) };
}

export function missingShare({ rows, counts }: Tally): number {
  return rows === 0 ? 0 : (counts.at(-1) ?? 0) / rows;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
