import * as v from 'valibot';
import { corrupt } from '../../core/read-state.ts';
import type { ParsedValue } from '../../core/task.ts';
import { BLOCK_ROWS, BlockStack, blockStackSchema } from './block-stack.ts';
import { channelPValue } from './channel-test.ts';
import { Dispersion, dispersionSchema, type VarianceScales } from './dispersion.ts';
import type { Measure } from './measures.ts';
import { createSorter, sorterSchema, type SorterState } from './create-sorter.ts';
import type { Sorter } from './sorter.ts';
import { addTally, copyTally, emptyTally, tallySchema, type Tally } from './tally.ts';

const scale = v.pipe(v.number(), v.finite(), v.minValue(1));
export const channelSchema = v.strictObject({
  sorter: sorterSchema,
  current: tallySchema,
  reference: tallySchema,
  dispersion: dispersionSchema,
  scales: v.strictObject({ all: scale, cells: v.array(scale) }),
  stack: blockStackSchema,
});
export type ChannelState = v.InferOutput<typeof channelSchema>;

/**
 * One measure of a feature, from the first rows to the latest: they are learned from (cells), then counted as the reference, then in blocks to be compared
 * with it. When which of this happens is decided for all channels together, by the one that owns them.
 */
export class Channel {
  readonly measure: Measure;
  #sorter: Sorter<SorterState>;
  #current: Tally = emptyTally(0);
  #reference: Tally = emptyTally(0);
  #dispersion: Dispersion;
  #scales: VarianceScales = { all: 1, cells: [] };
  readonly #stack = new BlockStack();

  constructor(measure: Measure) {
    this.measure = measure;
    this.#sorter = createSorter(measure);
    this.#dispersion = new Dispersion(measure.kind);
  }

  get sorter(): Sorter {
    return this.#sorter;
  }

  get reference(): Tally {
    return this.#reference;
  }

  /** A row of the pilot. */
  learn(value: ParsedValue): void {
    this.#sorter.learn(value);
  }

  /** The pilot is over. */
  settle(): void {
    this.#sorter.settle();
    const cells = this.#sorter.cells?.size ?? 0;
    this.#current = emptyTally(cells);
    this.#reference = emptyTally(cells);
    this.#scales = { all: 1, cells: Array.from({ length: cells }, () => 1) };
  }

  /** A row after the pilot. */
  count(value: ParsedValue): void {
    this.#sorter.add(this.#current, value);
  }

  /** A block of the reference is complete. */
  endReferenceBlock(): void {
    this.#takeIntoReference();
    this.#stack.push(this.#newBlock()).forEach((block, level) => this.#dispersion.update(level, block));
  }

  /** The reference is complete, a block that was begun included. */
  freeze(): void {
    this.#takeIntoReference();
    this.#newBlock();
    this.#scales = rounded(this.#dispersion.scales(this.#current.counts.length, BLOCK_ROWS));
    this.#dispersion = new Dispersion(this.measure.kind);
    this.#stack.clear();
    this.#sorter.forgetNewcomers();
  }

  /** A block to be compared is complete. @returns the blocks that end here, one a level */
  endBlock(): Tally[] {
    return this.#stack.push(this.#newBlock());
  }

  /** A block of the topmost level is over. @param reference what takes the reference's place; its cells and the known variance stay. Null: it stays */
  endPeriod(reference: Tally | null): void {
    if (reference) this.#reference = copyTally(reference);
    this.#sorter.forgetNewcomers();
  }

  /** Whether most values of the reference are out of the range that cells were made for. */
  get leftRange(): boolean {
    if (this.#sorter.cells?.kind !== 'ordered') return false;
    const { counts } = this.#reference;
    const values = counts.slice(0, -1).reduce((sum, inCell) => sum + inCell, 0);
    return counts[0]! + counts[counts.length - 2]! > values / 2;
  }

  /** See {@link BlockStack.recent}. */
  recent(): Tally | null {
    return this.#stack.recent();
  }

  pValue(block: Tally): number {
    if (!this.#sorter.cells) return 1;
    return channelPValue(this.#sorter.cells, this.#reference, block, this.#scales);
  }

  state(): ChannelState {
    return {
      sorter: this.#sorter.state(),
      current: copyTally(this.#current),
      reference: copyTally(this.#reference),
      dispersion: this.#dispersion.state(),
      scales: { ...this.#scales, cells: [...this.#scales.cells] },
      stack: this.#stack.state(),
    };
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore({ sorter, current, reference, dispersion, scales, stack }: ChannelState): void {
    const restored = createSorter(this.measure, sorter);
    const cells = restored.cells?.size ?? 0;
    const tallies = [current, reference, ...stack.slots, stack.last].filter((tally) => tally !== null);
    const restoredDispersion = new Dispersion(this.measure.kind);
    restoredDispersion.restore(dispersion);
    const quantities = restoredDispersion.quantities(cells);
    const fits =
      [...tallies.map(({ counts }) => counts), scales.cells].every(({ length }) => length === cells) &&
      dispersion.flatMap(({ sums, squares }) => [sums, squares]).every(({ length }) => length === quantities);
    if (!fits) throw corrupt(`${this.measure.aspect}: tallies do not fit the cells`);
    this.#sorter = restored;
    this.#current = copyTally(current);
    this.#reference = copyTally(reference);
    this.#dispersion = restoredDispersion;
    this.#scales = { ...scales, cells: [...scales.cells] };
    this.#stack.restore(stack);
  }

  #takeIntoReference(): void {
    addTally(this.#reference, this.#current);
  }

  #newBlock(): Tally {
    const block = this.#current;
    this.#current = emptyTally(block.counts.length);
    return block;
  }
}

/** So that a state is not made of digits that mean nothing. */
function rounded({ all, cells }: VarianceScales): VarianceScales {
  const round = (value: number): number => Math.round(value * 100) / 100;
  return { all: round(all), cells: cells.map(round) };
}
