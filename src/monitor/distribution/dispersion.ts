import * as v from 'valibot';
import type { Cells } from './sorter.ts';
import type { Tally } from './tally.ts';

/** Blocks that are taken to be as variable as the level below says: a few real ones say little. */
const PRIOR_BLOCKS = 4;
/** Of the shortest blocks any two say something; longer ones are looked at where there are so many. */
const LEAST_BLOCKS = 6;
/** Expected rows of a cell in a block below which it says nothing about variance. */
const LEAST_EXPECTED = 0.5;
/** From here on rows are taken to depend on each other, and longer blocks to show more of it. */
const DEPENDENT = 2;
/** Too little variance gives false alarms: an excess of it is raised by so many of its relative standard errors, by half after 28 blocks. */
const SAFETY_ERRORS = 1.85;

const sums = v.array(v.pipe(v.number(), v.finite()));
const level = v.strictObject({
  blocks: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** [quantities]: of the counts of blocks and of their squares. */
  sums,
  squares: sums,
});
export const dispersionSchema = v.array(level);
export type DispersionState = v.InferOutput<typeof dispersionSchema>;

/** By how much counts of blocks are more variable than with independent rows; each at least 1. */
export interface VarianceScales {
  /** Of all cells together; where they have an order, of the counts up to each of them, which show slow swings best. */
  readonly all: number;
  /** [cells]: of each alone. */
  readonly cells: readonly number[];
}

/**
 * By how much the counts of blocks of following rows vary more than those of independent rows do: rows of one visit are alike, and so are neighbouring
 * prices. What is found in the reference divides all later evidence (the overdispersion of quasi-likelihood, Wedderburn 1974; batch means for
 * dependent rows). It sees what repeats within an eighth of the reference; slower swings look like drift.
 */
export class Dispersion {
  readonly #kind: Cells['kind'];
  /** [levels]: over blocks of 2^level basic ones. Quantities are the counts in each cell and, where they have an order, up to each cell. */
  #levels: DispersionState = [];

  /** @param kind of the cells */
  constructor(kind: Cells['kind']) {
    this.#kind = kind;
  }

  /** Quantities that are summed. @param cells of a tally */
  quantities(cells: number): number {
    return this.#kind === 'ordered' ? 2 * cells : cells;
  }

  update(level: number, { counts }: Tally): void {
    const zeros = (): number[] => Array.from({ length: this.quantities(counts.length) }, () => 0);
    while (this.#levels.length <= level) this.#levels.push({ blocks: 0, sums: zeros(), squares: zeros() });
    const into = this.#levels[level]!;
    into.blocks++;
    const add = (quantity: number, value: number): void => {
      into.sums[quantity] = into.sums[quantity]! + value;
      into.squares[quantity] = into.squares[quantity]! + value * value;
    };
    counts.forEach((count, cell) => add(cell, count));
    if (this.#kind !== 'ordered') return;
    let upTo = 0;
    counts.forEach((count, cell) => add(counts.length + cell, (upTo += count)));
  }

  /** @param cells of a tally @param rows of a basic block */
  scales(cells: number, rows: number): VarianceScales {
    const quantities = Array.from({ length: this.quantities(cells) }, (_, quantity) => quantity);
    const all = this.#scaleOf(this.#kind === 'ordered' ? quantities.slice(cells) : quantities, rows) ?? 1;
    // Of a cell that is hardly ever hit nothing is known but what holds for all: hits of a rare range come in runs as well.
    const each = quantities.slice(0, cells).map((cell) => this.#scaleOf([cell], rows) ?? all);
    // Entries may come and go on their own; where a row is in one cell only, the cells share what makes rows alike.
    return { all, cells: this.#kind === 'entries' ? each : each.map((scale) => Math.max(scale, all)) };
  }

  state(): DispersionState {
    return structuredClone(this.#levels);
  }

  restore(state: DispersionState): void {
    this.#levels = structuredClone(state);
  }

  /**
   * Of some quantities together, for long blocks: the bias of batch means goes with the inverse of their length, so that two lengths give the limit.
   * Null where none is frequent enough.
   */
  #scaleOf(quantities: readonly number[], rows: number): number | null {
    let [shorter, longer, isKnown] = [1, 1, false];
    this.#levels.forEach(({ blocks }, level) => {
      const least = level === 0 ? 2 : LEAST_BLOCKS;
      const observed = blocks < least ? null : this.#observed(level, quantities, rows * 2 ** level);
      if (observed === null) return;
      isKnown = true;
      shorter = longer;
      longer = ((blocks - 1) * observed + PRIOR_BLOCKS * longer) / (blocks - 1 + PRIOR_BLOCKS);
    });
    const limit = longer > DEPENDENT ? longer + Math.max(0, longer - shorter) : longer;
    if (!isKnown) return null;
    const relativeError = Math.sqrt(2 / (this.#levels[0]!.blocks - 1));
    return 1 + (1 + SAFETY_ERRORS * relativeError) * Math.max(0, limit - 1);
  }

  /** Mean over quantities of their variance over that of a binomial one; null where none is frequent enough. */
  #observed(level: number, quantities: readonly number[], rows: number): number | null {
    const { blocks, sums, squares } = this.#levels[level]!;
    let [total, used] = [0, 0];
    for (const quantity of quantities) {
      const mean = sums[quantity]! / blocks;
      if (Math.min(mean, rows - mean) < LEAST_EXPECTED) continue;
      const variance = Math.max(0, squares[quantity]! - blocks * mean * mean) / (blocks - 1);
      total += variance / (mean * (1 - mean / rows));
      used++;
    }
    return used === 0 ? null : total / used;
  }
}
