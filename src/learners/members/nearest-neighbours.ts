import type { PartState } from '../../core/part-state.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { CompactView } from './compact-view.ts';
import { joinStates, partOfState, readCount, readTensor, corrupt } from '../../core/read-state.ts';

export interface NearestNeighboursOptions {
  readonly neighbours: number;
  /** Most rows that are kept … */
  readonly window: number;
  /** … and most numbers in all rows together: wider rows get a shorter window. */
  readonly numbers: number;
  readonly seed: number;
}

const LEAST_WINDOW = 64;
/** Votes spread over all classes, so that none is impossible. */
const PRIOR = 0.5;
/** Numbers of a distance between two looks at whether it is too large already. */
const BLOCK = 8;

/**
 * Nearest neighbours among the last rows, in the compact view, each weighed by closeness (Dudani 1976, doi 10.1109/TSMC.1976.5408784). It follows
 * any drift within a window, and any boundary.
 */
export class NearestNeighbours implements OnlineClassifier {
  readonly #view: CompactView;
  readonly #window: number;
  readonly #neighbours: number;
  readonly #x: Float32Array;
  /** The same numbers; mixed widths would be converted again for every row. */
  readonly #wide: Float64Array;
  /** Distances of the rows being measured. */
  readonly #four = new Float64Array(4);
  /** [window, view size] */
  #rows: Float32Array<ArrayBuffer>;
  /** [window] */
  #labels: Int32Array<ArrayBuffer>;
  #weights: Float32Array<ArrayBuffer>;
  #count = 0;
  #next = 0;
  #classCount: number;
  /** The nearest so far, in order. */
  readonly #nearest: Int32Array;
  readonly #distances: Float64Array;

  constructor(shape: RowShape, classCount: number, options: NearestNeighboursOptions) {
    this.#view = new CompactView(shape, options.seed);
    this.#classCount = classCount;
    this.#neighbours = options.neighbours;
    const fitting = Math.floor(options.numbers / Math.max(1, this.#view.size));
    this.#window = Math.max(LEAST_WINDOW, Math.min(options.window, fitting));
    this.#x = new Float32Array(this.#view.size);
    this.#wide = new Float64Array(this.#view.size);
    this.#rows = new Float32Array(this.#window * this.#view.size);
    this.#labels = new Int32Array(this.#window);
    this.#weights = new Float32Array(this.#window);
    this.#nearest = new Int32Array(options.neighbours);
    this.#distances = new Float64Array(options.neighbours);
  }

  growClasses(count: number): void {
    this.#classCount = Math.max(this.#classCount, count);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    this.#view.write(row, this.#x);
    const found = this.#search();
    out.fill(PRIOR / this.#classCount);
    let total = PRIOR;
    const reach = Math.sqrt(found === 0 ? 0 : this.#distances[found - 1]!);
    for (let i = 0; i < found; i++) {
      const closeness = reach > 0 ? 1.2 - Math.sqrt(this.#distances[i]!) / reach : 1;
      const vote = this.#weights[this.#nearest[i]!]! * closeness;
      out[this.#labels[this.#nearest[i]!]!]! += vote;
      total += vote;
    }
    for (let c = 0; c < this.#classCount; c++) out[c]! /= total;
  }

  learnOne(row: Row, label: number, weight: number): void {
    this.#view.learnOne(row);
    if (weight === 0) return;
    this.#view.write(row, this.#x);
    this.#rows.set(this.#x, this.#next * this.#x.length);
    this.#labels[this.#next] = label;
    this.#weights[this.#next] = weight;
    this.#next = (this.#next + 1) % this.#window;
    this.#count = Math.min(this.#window, this.#count + 1);
  }

  /** Fills `nearest` and `distances` (squared); gives how many. */
  #search(): number {
    const wanted = Math.min(this.#neighbours, this.#count);
    const four = this.#four;
    this.#wide.set(this.#x);
    let found = 0;
    let limit = Infinity;
    for (let first = 0; first < this.#count; first += 4) {
      this.#measureFour(first, limit);
      for (let k = 0; k < 4 && first + k < this.#count; k++) {
        if (four[k]! >= limit) continue;
        this.#insert(first + k, four[k]!, found);
        if (found < wanted) found++;
        if (found === wanted) limit = this.#distances[found - 1]!;
      }
    }
    return found;
  }

  /**
   * Squared distances of four rows from `first` on; beyond `limit` they may be too small. At once, because each addition waits for the one before it. Rows
   * that are not there count as the last place.
   */
  #measureFour(first: number, limit: number): void {
    const [x, rows, four] = [this.#wide, this.#rows, this.#four];
    const size = x.length;
    const last = this.#window - 1;
    const a = first * size;
    const b = Math.min(first + 1, last) * size;
    const c = Math.min(first + 2, last) * size;
    const d = Math.min(first + 3, last) * size;
    let sumA = 0;
    let sumB = 0;
    let sumC = 0;
    let sumD = 0;
    for (let i = 0; i < size;) {
      for (const end = Math.min(size, i + BLOCK); i < end; i++) {
        const value = x[i]!;
        const byA = value - rows[a + i]!;
        const byB = value - rows[b + i]!;
        const byC = value - rows[c + i]!;
        const byD = value - rows[d + i]!;
        sumA += byA * byA;
        sumB += byB * byB;
        sumC += byC * byC;
        sumD += byD * byD;
      }
      if (sumA >= limit && sumB >= limit && sumC >= limit && sumD >= limit) break;
    }
    four[0] = sumA;
    four[1] = sumB;
    four[2] = sumC;
    four[3] = sumD;
  }

  #insert(row: number, distance: number, found: number): void {
    const [nearest, distances] = [this.#nearest, this.#distances];
    let at = Math.min(found, nearest.length - 1);
    for (; at > 0 && distances[at - 1]! > distance; at--) {
      distances[at] = distances[at - 1]!;
      nearest[at] = nearest[at - 1]!;
    }
    distances[at] = distance;
    nearest[at] = row;
  }

  state(): PartState {
    const tensors = { rows: this.#rows.slice(), labels: this.#labels.slice(), weights: this.#weights.slice() };
    const values = { count: this.#count, next: this.#next };
    return joinStates({ memory: { tensors, values }, view: this.#view.state() });
  }

  restore(state: PartState): void {
    const memory = partOfState(state, 'memory');
    const rows = readTensor(memory, 'rows', 'f32', this.#rows.length);
    const labels = readTensor(memory, 'labels', 'i32', this.#window);
    const weights = readTensor(memory, 'weights', 'f32', this.#window);
    const count = readCount(memory, 'count', 0, this.#window);
    const next = readCount(memory, 'next', 0, this.#window - 1);
    if (labels.some((label) => label < 0 || label >= this.#classCount)) throw corrupt('a label is no class');
    this.#view.restore(partOfState(state, 'view'));
    [this.#rows, this.#labels, this.#weights, this.#count, this.#next] = [rows, labels, weights, count, next];
  }
}
