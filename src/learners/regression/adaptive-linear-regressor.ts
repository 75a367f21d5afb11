import type { PartState } from '../../core/part-state.ts';
import type { OnlineRegressor } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { corrupt } from '../../core/read-state.ts';
import { copyArrays, joinStates, partOfState, restoreArrays } from './part-arrays.ts';
import { TargetScaler } from './target-scaler.ts';

export interface AdaptiveLinearOptions {
  /** In standardised targets a step; 0.1 by default. */
  readonly learningRate?: number;
  /** Factor by which squared gradients fade when their feature is at work: 1 anneals (AdaGrad), less keeps on adapting. */
  readonly gradientMemory?: number;
}

/** Residuals beyond so many mean absolute deviations of the target pull no harder (Huber 1964). */
const HUBER = 2;

/**
 * Linear model over all features, the hashed ones too, by normalised adaptive gradient steps (NAG: Ross, Mineiro and Langford 2013, arXiv 1305.6646,
 * algorithm 3), so that no feature's unit matters; Huber's loss on a standardised target, so that the target's does not either.
 */
export class AdaptiveLinearRegressor implements OnlineRegressor {
  readonly #learningRate: number;
  readonly #gradientMemory: number;
  readonly #denseSize: number;
  /** Of [dense, hashed, bias] */
  readonly #weights: Float64Array<ArrayBuffer>;
  /** Sums of squared gradients. */
  readonly #squares: Float64Array<ArrayBuffer>;
  /** Largest size of each feature so far. */
  readonly #scales: Float64Array<ArrayBuffer>;
  /** [sum of squared normalised inputs, examples] */
  readonly #norm = new Float64Array(2);
  readonly #target = new TargetScaler();

  constructor({ denseSize, hashSize }: RowShape, options: AdaptiveLinearOptions = {}) {
    this.#learningRate = options.learningRate ?? 0.1;
    this.#gradientMemory = options.gradientMemory ?? 1;
    this.#denseSize = denseSize;
    this.#weights = new Float64Array(denseSize + hashSize + 1);
    this.#squares = new Float64Array(this.#weights.length);
    this.#scales = new Float64Array(this.#weights.length);
  }

  predictOne(row: Row): number {
    return this.#target.restoreUnit(this.#score(row));
  }

  learnOne(row: Row, target: number, weight: number): void {
    if (weight === 0) return;
    this.#target.update(target, weight);
    this.#normalise(row);
    const residual = this.#score(row) - this.#target.standardise(target);
    const gradient = weight * Math.max(-HUBER, Math.min(HUBER, residual));
    const rate = this.#learningRate * Math.sqrt(this.#norm[1]! / this.#norm[0]!);
    const { dense, indices, values } = row;
    for (let i = 0; i < dense.length; i++) this.#step(i, dense[i]!, gradient, rate);
    for (let k = 0; k < indices.length; k++) this.#step(this.#denseSize + indices[k]!, values[k]!, gradient, rate);
    this.#step(this.#weights.length - 1, 1, gradient, rate);
  }

  #score({ dense, indices, values }: Row): number {
    const weights = this.#weights;
    let score = weights[weights.length - 1]!;
    for (let i = 0; i < dense.length; i++) score += weights[i]! * dense[i]!;
    for (let k = 0; k < indices.length; k++) score += weights[this.#denseSize + indices[k]!]! * values[k]!;
    return score;
  }

  /** Takes the row's sizes into the features' scales, and shrinks weights of features that turn out to be larger. */
  #normalise({ dense, indices, values }: Row): void {
    let sum = 1;
    for (let i = 0; i < dense.length; i++) sum += this.#rescale(i, dense[i]!);
    for (let k = 0; k < indices.length; k++) sum += this.#rescale(this.#denseSize + indices[k]!, values[k]!);
    this.#scales[this.#scales.length - 1] = 1;
    this.#norm[0]! += sum;
    this.#norm[1]! += 1;
  }

  #rescale(place: number, value: number): number {
    const size = Math.abs(value);
    if (size === 0) return 0;
    const scale = this.#scales[place]!;
    if (size > scale) {
      this.#weights[place]! *= scale / size;
      this.#scales[place] = size;
    }
    return (size / this.#scales[place]!) ** 2;
  }

  #step(place: number, value: number, gradient: number, rate: number): void {
    if (value === 0) return;
    const own = gradient * value;
    const squares = (this.#squares[place] = this.#gradientMemory * this.#squares[place]! + own * own);
    if (squares > 0) this.#weights[place]! -= (rate * own) / (this.#scales[place]! * Math.sqrt(squares));
  }

  #arrays() {
    return { weights: this.#weights, squares: this.#squares, scales: this.#scales, norm: this.#norm };
  }

  state(): PartState {
    return joinStates({ own: copyArrays(this.#arrays()), target: this.#target.state() });
  }

  restore(state: PartState): void {
    const own = partOfState(state, 'own');
    for (const name of ['squares', 'scales', 'norm']) {
      if (!own.tensors[name]?.every((value) => value >= 0))
        throw corrupt(`"${name}" has negative numbers or is not there`);
    }
    this.#target.restore(partOfState(state, 'target'));
    restoreArrays(this.#arrays(), own);
  }
}
