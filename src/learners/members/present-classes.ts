import type { PartState } from '../../core/part-state.ts';
import { grown } from './class-arrays.ts';
import { readNumber, readTensor } from '../../core/read-state.ts';

/** A gap must be this many times the longest one so far before a class counts as absent … */
const LONGER_THAN_EVER = 2;
/** … and at least this many labels long, whatever was seen before. */
const LEAST_GAP = 50;

/**
 * Which classes the recent labels come from. A class is absent once it has been missing for twice as long as it ever was while it was there. Losses
 * over the present classes alone do not push down what is absent merely because it is not seen: asymmetric cross-entropy (ER-ACE,
 * Caccia et al. 2022, arXiv 2104.05025), for streams in which classes come in turns.
 */
export class PresentClasses {
  #time = 0;
  /** [classes] time of the last label, 0 for never. */
  #last: Float64Array<ArrayBuffer>;
  #longestGap: Float64Array<ArrayBuffer>;

  constructor(classCount: number) {
    this.#last = new Float64Array(classCount);
    this.#longestGap = new Float64Array(classCount);
  }

  growClasses(count: number): void {
    this.#last = grown(this.#last, count);
    this.#longestGap = grown(this.#longestGap, count);
  }

  has(label: number): boolean {
    const last = this.#last[label]!;
    return last > 0 && this.#time - last <= Math.max(LEAST_GAP, LONGER_THAN_EVER * this.#longestGap[label]!);
  }

  learnOne(label: number): void {
    this.#time++;
    const last = this.#last[label]!;
    // The gap of a class that comes back after it was absent says nothing about how often it comes while it is there.
    if (this.has(label)) this.#longestGap[label] = Math.max(this.#longestGap[label]!, this.#time - last);
    this.#last[label] = this.#time;
  }

  state(): PartState {
    const tensors = { last: this.#last.slice(), longestGap: this.#longestGap.slice() };
    return { tensors, values: { time: this.#time } };
  }

  restore(state: PartState): void {
    const last = readTensor(state, 'last', 'f64', this.#last.length);
    const longestGap = readTensor(state, 'longestGap', 'f64', this.#last.length);
    this.#time = readNumber(state, 'time', 0, Number.MAX_SAFE_INTEGER);
    this.#last = last;
    this.#longestGap = longestGap;
  }
}
