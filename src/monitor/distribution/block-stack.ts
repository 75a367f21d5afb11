import * as v from 'valibot';
import { addTally, copyTally, tallySchema, type Tally } from './tally.ts';

/** Rows of a basic block, and how often blocks are doubled: from 32 to 2,048 rows. */
export const BLOCK_ROWS = 32;
export const BLOCK_LEVELS = 7;

/** The highest level whose blocks are no longer than `rows`. */
export function levelOf(rows: number): number {
  return Math.max(0, Math.min(BLOCK_LEVELS - 1, Math.floor(Math.log2(rows / BLOCK_ROWS))));
}

const slot = v.nullable(tallySchema);
export const blockStackSchema = v.strictObject({
  slots: v.pipe(v.array(slot), v.length(BLOCK_LEVELS - 1)),
  last: slot,
});
export type BlockStackState = v.InferOutput<typeof blockStackSchema>;

/**
 * Blocks of following rows at every doubling of their length, as a binary counter: two of a level that follow each other make one of the next. So a change is
 * seen in a block that has nothing else in it, after at most twice the rows that its size needs, and the number of looks is known beforehand.
 */
export class BlockStack {
  /** [levels − 1]: a block that waits for its other half. */
  #slots: (Tally | null)[] = Array.from({ length: BLOCK_LEVELS - 1 }, () => null);
  /** The last one of the topmost level. */
  #last: Tally | null = null;

  /** @param block of BLOCK_ROWS rows, not to be changed later @returns the blocks that end here, one a level, from the lowest on */
  push(block: Tally): Tally[] {
    const ended = [copyTally(block)];
    for (let level = 0; level < this.#slots.length; level++) {
      const other = this.#slots[level] ?? null;
      if (!other) {
        this.#slots[level] = block;
        return ended;
      }
      this.#slots[level] = null;
      addTally(other, block);
      block = other;
      ended.push(copyTally(block));
    }
    this.#last = block;
    return ended;
  }

  /** The latest rows that belong together: those after the last topmost block, or, straight after it, that block. Null before the first block. */
  recent(): Tally | null {
    const [first, ...others] = this.#slots.filter((waiting) => waiting !== null);
    if (!first) return this.#last && copyTally(this.#last);
    const sum = copyTally(first);
    for (const other of others) addTally(sum, other);
    return sum;
  }

  clear(): void {
    this.#slots.fill(null);
    this.#last = null;
  }

  state(): BlockStackState {
    return {
      slots: this.#slots.map((waiting) => waiting && copyTally(waiting)),
      last: this.#last && copyTally(this.#last),
    };
  }

  restore({ slots, last }: BlockStackState): void {
    this.#slots = slots.map((waiting) => waiting && copyTally(waiting));
    this.#last = last && copyTally(last);
  }
}
