import type { PartState } from '../../core/part-state.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { grown, softmaxInPlace } from './class-arrays.ts';
import { PresentClasses } from './present-classes.ts';
import { joinStates, partOfState, readCount, readTensor } from '../../core/read-state.ts';

export interface LinearOptions {
  /**
   * `adagrad`: a rate for each weight that falls with what it has seen (Duchi et al. 2011, JMLR 12:2121), for what stays as it is.
   * `falling`: one rate for all, that falls with the square root of the examples seen (Zinkevich 2003), for what stays as it is and must be small.
   * `constant`: one rate that never falls, for what keeps changing.
   */
  readonly steps: 'adagrad' | 'falling' | 'constant';
  readonly rate: number;
}

/** Inputs longer than this (squared) take shorter steps, so that a constant rate cannot diverge (normalised least mean squares). */
const FREE_SQUARED_LENGTH = 16;
const EPSILON = 1e-6;
/** Falling steps are half as long after three times so many examples. */
const FALL = 1000;

/** Multinomial logistic regression over the full vector (dense, hashed, 1), learned by stochastic gradient steps. */
export class LinearClassifier implements OnlineClassifier {
  readonly #options: LinearOptions;
  readonly #denseSize: number;
  readonly #width: number;
  readonly #present: PresentClasses;
  #classCount: number;
  /** [classes, width] */
  #weights: Float32Array<ArrayBuffer>;
  /** [classes, width] sums of squared gradients; empty with constant steps. */
  #squares: Float32Array<ArrayBuffer>;
  #scores: Float64Array;
  /** Examples learned. */
  #seen = 0;

  constructor(shape: RowShape, classCount: number, options: LinearOptions) {
    this.#options = options;
    this.#denseSize = shape.denseSize;
    this.#width = shape.denseSize + shape.hashSize + 1;
    this.#classCount = classCount;
    this.#present = new PresentClasses(classCount);
    this.#weights = new Float32Array(classCount * this.#width);
    this.#squares = new Float32Array(options.steps === 'adagrad' ? classCount * this.#width : 0);
    this.#scores = new Float64Array(classCount);
  }

  growClasses(count: number): void {
    if (count <= this.#classCount) return;
    this.#classCount = count;
    this.#present.growClasses(count);
    this.#weights = grown(this.#weights, count * this.#width);
    if (this.#options.steps === 'adagrad') this.#squares = grown(this.#squares, count * this.#width);
    this.#scores = new Float64Array(count);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    for (let label = 0; label < this.#classCount; label++) out[label] = this.#scoreOf(row, label);
    softmaxInPlace(out);
  }

  learnOne(row: Row, label: number, weight: number): void {
    this.#present.learnOne(label);
    const fall = this.#options.steps === 'falling' ? Math.sqrt(1 + this.#seen++ / FALL) : 1;
    const step = (weight * this.#options.rate) / (fall * Math.max(1, squaredLength(row) / FREE_SQUARED_LENGTH));
    const probabilities = this.#scores;
    for (let c = 0; c < this.#classCount; c++)
      probabilities[c] = this.#present.has(c) ? this.#scoreOf(row, c) : -Infinity;
    softmaxInPlace(probabilities);
    for (let c = 0; c < this.#classCount; c++) {
      const gradient = probabilities[c]! - (c === label ? 1 : 0);
      if (gradient === 0) continue;
      if (this.#options.steps === 'adagrad') this.#adagradStep(row, c * this.#width, gradient, step);
      else this.#constantStep(row, c * this.#width, gradient * step);
    }
  }

  #scoreOf({ dense, indices, values }: Row, label: number): number {
    const weights = this.#weights;
    const start = label * this.#width;
    const hashed = start + this.#denseSize;
    let score = weights[start + this.#width - 1]!;
    for (let i = 0; i < dense.length; i++) score += weights[start + i]! * dense[i]!;
    for (let i = 0; i < indices.length; i++) score += weights[hashed + indices[i]!]! * values[i]!;
    return score;
  }

  #constantStep({ dense, indices, values }: Row, start: number, factor: number): void {
    const weights = this.#weights;
    const hashed = start + this.#denseSize;
    for (let i = 0; i < dense.length; i++) weights[start + i]! -= factor * dense[i]!;
    for (let i = 0; i < indices.length; i++) weights[hashed + indices[i]!]! -= factor * values[i]!;
    weights[start + this.#width - 1]! -= factor;
  }

  #adagradStep({ dense, indices, values }: Row, start: number, gradient: number, step: number): void {
    const hashed = start + this.#denseSize;
    for (let i = 0; i < dense.length; i++) this.#adagradWeight(start + i, gradient * dense[i]!, step);
    for (let i = 0; i < indices.length; i++) this.#adagradWeight(hashed + indices[i]!, gradient * values[i]!, step);
    this.#adagradWeight(start + this.#width - 1, gradient, step);
  }

  #adagradWeight(at: number, gradient: number, step: number): void {
    if (gradient === 0) return;
    const squares = this.#squares[at]! + gradient * gradient;
    this.#squares[at] = squares;
    this.#weights[at]! -= (step * gradient) / (Math.sqrt(squares) + EPSILON);
  }

  state(): PartState {
    const tensors = { weights: this.#weights.slice(), squares: this.#squares.slice() };
    return joinStates({ model: { tensors, values: { seen: this.#seen } }, present: this.#present.state() });
  }

  restore(state: PartState): void {
    const model = partOfState(state, 'model');
    const weights = readTensor(model, 'weights', 'f32', this.#weights.length);
    const squares = readTensor(model, 'squares', 'f32', this.#squares.length);
    const seen = readCount(model, 'seen', 0, Number.MAX_SAFE_INTEGER);
    this.#present.restore(partOfState(state, 'present'));
    this.#weights = weights;
    this.#squares = squares;
    this.#seen = seen;
  }
}

function squaredLength({ dense, values }: Row): number {
  let total = 1;
  for (let i = 0; i < dense.length; i++) total += dense[i]! * dense[i]!;
  for (let i = 0; i < values.length; i++) total += values[i]! * values[i]!;
  return total;
}
