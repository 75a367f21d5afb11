import type { PartState } from '../../core/part-state.ts';
import { softmaxInPlace } from '../members/class-arrays.ts';
import { PresentClasses } from '../members/present-classes.ts';
import { joinStates, partOfState, readTensor } from '../../core/read-state.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row } from '../row.ts';
import { HashedMatrix, signed, tokensOf } from './hashed-matrix.ts';
import type { TokenView } from './text-tokens.ts';

export interface HashedSoftmaxOptions {
  /** Step for two classes; grows with the root of their number, because a token's classes share one sum of squares. */
  readonly rate: number;
  /**
   * How little an example counts whose label seems impossible, from 0 (as much as any) to 1: q of generalised cross entropy (Zhang and Sabuncu
   * 2018, arXiv 1805.07836), for labels that may be wrong.
   */
  readonly doubt: number;
  readonly budgetBytes: number;
}

/** An unlikely label still counts as if it had this probability: a class that is new must be learned. */
const LEAST_LIKELY = 0.01;
const EPSILON = 1e-6;

/** Multinomial logistic regression over hashed tokens, with a rate for each token that falls with what it has seen (Duchi et al. 2011, JMLR 12:2121). */
export class HashedSoftmax implements OnlineClassifier {
  readonly #options: HashedSoftmaxOptions;
  readonly #present: PresentClasses;
  /** Weights; for each bucket its sum of squared gradients over all classes. */
  readonly #matrix: HashedMatrix;
  #gradient: Float64Array;

  constructor(classCount: number, options: HashedSoftmaxOptions) {
    this.#options = options;
    this.#present = new PresentClasses(classCount);
    this.#matrix = new HashedMatrix(classCount, options.budgetBytes);
    this.#gradient = new Float64Array(classCount);
  }

  growClasses(count: number): void {
    if (count <= this.#matrix.classes) return;
    this.#matrix.growClasses(count);
    this.#present.growClasses(count);
    this.#gradient = new Float64Array(count);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    out.fill(0);
    this.#matrix.addProducts(tokensOf(row), out);
    softmaxInPlace(out);
  }

  learnOne(row: Row, label: number, weight: number): void {
    this.#present.learnOne(label);
    const tokens = tokensOf(row);
    this.#computeGradient(tokens, label, weight);
    this.#step(tokens);
  }

  /** Over the classes that come at present: what is not seen lately is not pushed down. */
  #computeGradient(tokens: TokenView, label: number, weight: number): void {
    const gradient = this.#gradient.fill(0);
    this.#matrix.addProducts(tokens, gradient);
    for (let c = 0; c < gradient.length; c++) {
      if (c !== label && !this.#present.has(c)) gradient[c] = -Infinity;
    }
    softmaxInPlace(gradient);
    const doubt = Math.max(LEAST_LIKELY, gradient[label]!) ** this.#options.doubt;
    gradient[label]! -= 1;
    for (let c = 0; c < gradient.length; c++) gradient[c]! *= weight * doubt;
  }

  #step({ hashes, values }: TokenView): void {
    const matrix = this.#matrix;
    const [weights, squares, gradient, classes] = [matrix.values, matrix.perBucket, this.#gradient, matrix.classes];
    const rate = this.#options.rate * Math.sqrt(classes / 2);
    let length = 0;
    for (let c = 0; c < classes; c++) length += gradient[c]! * gradient[c]!;
    for (let token = 0; token < hashes.length; token++) {
      const bucket = matrix.bucketOf(hashes[token]!);
      const start = matrix.startOf(bucket);
      const value = signed(hashes[token]!, values[token]!);
      const sum = (squares[bucket]! += length * value * value);
      const step = (rate * value) / (Math.sqrt(sum) + EPSILON);
      for (let c = 0; c < classes; c++) weights[start + c]! -= step * gradient[c]!;
    }
  }

  state(): PartState {
    const tensors = { weights: this.#matrix.values.slice(), squares: this.#matrix.perBucket.slice() };
    return joinStates({ softmax: { tensors, values: {} }, present: this.#present.state() });
  }

  restore(state: PartState): void {
    const own = partOfState(state, 'softmax');
    const weights = readTensor(own, 'weights', 'f32', this.#matrix.values.length);
    const squares = readTensor(own, 'squares', 'f32', this.#matrix.perBucket.length);
    this.#present.restore(partOfState(state, 'present'));
    this.#matrix.values = weights;
    this.#matrix.perBucket = squares;
  }
}
