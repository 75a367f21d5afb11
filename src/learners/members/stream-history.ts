import type { PartState } from '../../core/part-state.ts';
import type { Row, RowShape } from '../row.ts';
import { readCount, readTensor } from '../../core/read-state.ts';

/** Levels are followed by exponential means over about this many rows. */
const LEVEL_WINDOWS = [6, 24, 96] as const;
/** Recent labels: the last one, and means over about this many. */
const LABEL_WINDOWS = [1, 8, 64] as const;
const LAST = 0;
/** Numbers beyond these have no level: the history stays small beside the row. */
const MOST_NUMBERS = 32;
/** Labels of more than two classes share as many places. */
const LABEL_SLOTS = 4;
const DEVIATION_WINDOW = 500;
const CLIP = 5;

/** The recent past of a stream of labelled rows, as bounded numbers for a model to read. */
export class StreamHistory {
  /** How many numbers {@link write} writes. */
  readonly size: number;
  readonly #numbers: number;
  readonly #slots: number;
  #time = 0;
  /** [windows, numbers] */
  #levels: Float64Array<ArrayBuffer>;
  /** [windows, numbers] mean squared distances from the levels. */
  #squares: Float64Array<ArrayBuffer>;
  /** [windows and one more, slots]: the last one is the last label whether or not it is believed, for labels that really switch at random. */
  #labels: Float64Array<ArrayBuffer>;

  constructor({ rawSize, denseSize }: RowShape, classCount: number) {
    this.#numbers = Math.min(MOST_NUMBERS, denseSize - rawSize);
    this.#slots = classCount <= 2 ? 1 : LABEL_SLOTS;
    this.#levels = new Float64Array(LEVEL_WINDOWS.length * this.#numbers);
    this.#squares = new Float64Array(this.#levels.length);
    this.#labels = new Float64Array((LABEL_WINDOWS.length + 1) * this.#slots);
    this.size = this.#levels.length + this.#labels.length;
  }

  /** Distances of the numbers from their levels in standard deviations, then the shares of the recent labels in [-1, 1]. */
  write({ raw }: Row, out: Float32Array, offset: number): void {
    for (let i = 0; i < this.#levels.length; i++) {
      const value = raw[i % this.#numbers]!;
      const deviation = Math.sqrt(this.#squares[i]!);
      const known = deviation > 0 && !Number.isNaN(value);
      const distance = known ? (value - this.#levels[i]!) / deviation : 0;
      out[offset + i] = Math.max(-CLIP, Math.min(CLIP, distance));
    }
    for (let i = 0; i < this.#labels.length; i++) out[offset + this.#levels.length + i] = this.#labels[i]!;
  }

  /** @param weight a label of less than 1 replaces what was known in part */
  learnOne({ raw }: Row, label: number, weight: number): void {
    this.#time++;
    LEVEL_WINDOWS.forEach((window, index) => this.#learnLevels(raw, index * this.#numbers, window));
    [...LABEL_WINDOWS, LAST].forEach((window, index) => {
      const share = window === LAST ? 1 : Math.min(1, weight) / Math.min(window, this.#time);
      for (let slot = 0; slot < this.#slots; slot++) {
        const at = index * this.#slots + slot;
        this.#labels[at]! += share * (sign(label, slot, this.#slots) - this.#labels[at]!);
      }
    });
  }

  #learnLevels(raw: Float32Array, start: number, window: number): void {
    const levelShare = 1 / Math.min(window, this.#time);
    const squareShare = 1 / Math.min(DEVIATION_WINDOW, this.#time);
    for (let i = 0; i < this.#numbers; i++) {
      const value = raw[i]!;
      if (Number.isNaN(value)) continue;
      const distance = this.#time === 1 ? 0 : value - this.#levels[start + i]!;
      this.#squares[start + i]! += squareShare * (distance * distance - this.#squares[start + i]!);
      if (this.#time === 1) this.#levels[start + i] = value;
      else this.#levels[start + i]! += levelShare * (value - this.#levels[start + i]!);
    }
  }

  /** One of another size, for more classes, is not followed. */
  follow(other: StreamHistory): void {
    if (other.#labels.length !== this.#labels.length) return;
    this.#time = other.#time;
    this.#levels.set(other.#levels);
    this.#squares.set(other.#squares);
    this.#labels.set(other.#labels);
  }

  state(): PartState {
    const tensors = { levels: this.#levels.slice(), squares: this.#squares.slice(), labels: this.#labels.slice() };
    return { tensors, values: { time: this.#time } };
  }

  restore(state: PartState): void {
    const levels = readTensor(state, 'levels', 'f64', this.#levels.length);
    const squares = readTensor(state, 'squares', 'f64', this.#squares.length);
    const labels = readTensor(state, 'labels', 'f64', this.#labels.length);
    this.#time = readCount(state, 'time', 0, Number.MAX_SAFE_INTEGER);
    this.#levels = levels;
    this.#squares = squares;
    this.#labels = labels;
  }
}

/** Two classes need one place: the second one is its 1. */
function sign(label: number, slot: number, slots: number): number {
  return (slots === 1 ? label === 1 : label % slots === slot) ? 1 : -1;
}
