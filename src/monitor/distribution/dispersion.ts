import * as v from 'valibot';
import type { Tally } from './tally.ts';

/** Blocks of variance 1 that are taken for granted: a few real ones say little. */
const PRIOR_BLOCKS = 4;
const LEAST_BLOCKS = 3;
/** Expected rows of a cell in a block below which it says nothing about variance. */
const LEAST_EXPECTED = 0.5;

const level = v.strictObject({
  blocks: v.pipe(v.number(), v.integer(), v.minValue(0)),
  sums: v.array(v.pipe(v.number(), v.finite())),
  squares: v.array(v.pipe(v.number(), v.finite())),
});
export const dispersionSchema = v.array(level);
export type DispersionState = v.InferOutput<typeof dispersionSchema>;

/**
 * By how much the counts of blocks of following rows vary more than those of independent rows do: rows of one visit are alike, and so are neighbouring
 * prices. What is found in the reference divides all later evidence (the overdispersion of quasi-likelihood, Wedderburn 1974; batch means for
 * dependent rows). It sees what repeats within an eighth of the reference; slower swings look like drift.
 */
export class Dispersion {
  readonly #ordered: boolean;
  /** [levels]: sums over blocks of 2^level basic ones. */
  #levels: DispersionState = [];

  /** @param ordered whether counts up to each cell matter instead of counts in each */
  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  update(level: number, { counts }: Tally): void {
    while (this.#levels.length <= level) {
      const zeros = (): number[] => counts.map(() => 0);
      this.#levels.push({ blocks: 0, sums: zeros(), squares: zeros() });
    }
    const into = this.#levels[level]!;
    into.blocks++;
    let upTo = 0;
    counts.forEach((count, cell) => {
      upTo += count;
      const value = this.#ordered ? upTo : count;
      into.sums[cell] = into.sums[cell]! + value;
      into.squares[cell] = into.squares[cell]! + value * value;
    });
  }

  /** [levels]: at least 1, and never falling: where there are too few blocks, what the level below has. @param rows of a basic block */
  scales(levels: number, rows: number): number[] {
    let largest = 1;
    return Array.from({ length: levels }, (_, level) => {
      largest = Math.max(largest, this.#scaleOf(level, rows * 2 ** level));
      return largest;
    });
  }

  state(): DispersionState {
    return this.#levels.map(({ blocks, sums, squares }) => ({ blocks, sums: [...sums], squares: [...squares] }));
  }

  restore(state: DispersionState): void {
    this.#levels = state.map(({ blocks, sums, squares }) => ({ blocks, sums: [...sums], squares: [...squares] }));
  }

  #scaleOf(level: number, rows: number): number {
    const { blocks, sums, squares } = this.#levels[level] ?? { blocks: 0, sums: [], squares: [] };
    if (blocks < LEAST_BLOCKS) return 1;
    let [total, cells] = [0, 0];
    sums.forEach((sum, cell) => {
      const mean = sum / blocks;
      if (Math.min(mean, rows - mean) < LEAST_EXPECTED) return;
      const variance = Math.max(0, squares[cell]! - blocks * mean * mean) / (blocks - 1);
      total += variance / (mean * (1 - mean / rows));
      cells++;
    });
    const observed = cells === 0 ? 1 : total / cells;
    return ((blocks - 1) * observed + PRIOR_BLOCKS) / (blocks - 1 + PRIOR_BLOCKS);
  }
}
