import type { PartState } from '../../core/part-state.ts';
import { grown, softmaxInPlace } from '../members/class-arrays.ts';
import { joinStates, partOfState, readCount, readNumber, readTensor } from '../../core/read-state.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row } from '../row.ts';
import { HashedMatrix, signed, tokensOf } from './hashed-matrix.ts';
import type { TokenView } from './text-tokens.ts';

/** Centroids' lengths are worked out anew after so many examples, because what tokens weigh has changed: that costs as much as all weights. */
const LENGTHS_EVERY = 32;
/** How sharp the probabilities are is itself learned, by gradient steps on its logarithm. */
const FIRST_SHARPNESS = 8;
const SHARPNESS_RATE = 0.02;
const MOST_SHARPNESS = 64;
const STEEPEST = 3;
/** Of the inverse mean square; chosen on held-out training data of banking77. */
const IMPORTANCE = 0.75;
const EPSILON = 1e-9;

/**
 * Nearest centroid by cosine (Rocchio 1971) over hashed tokens, weighed by a power of their inverse mean square, which takes the part of
 * inverse document frequencies. It only counts: what it knows does not depend on the order of the examples, and no class takes anything from another.
 */
export class HashedCentroids implements OnlineClassifier {
  /** Sums of each class; for each bucket its sum of squares over all classes. */
  readonly #matrix: HashedMatrix;
  /** [classes] squared lengths of the weighed sums, as last worked out. */
  #lengths: Float64Array<ArrayBuffer>;
  /** Sum of the examples' weights. */
  #total = 0;
  #learned = 0;
  #sharpness = FIRST_SHARPNESS;
  #scores: Float64Array;

  constructor(classCount: number, budgetBytes: number) {
    this.#matrix = new HashedMatrix(classCount, budgetBytes);
    this.#lengths = new Float64Array(classCount);
    this.#scores = new Float64Array(classCount);
  }

  growClasses(count: number): void {
    if (count <= this.#matrix.classes) return;
    const folds = this.#matrix.buckets;
    this.#matrix.growClasses(count);
    this.#lengths = grown(this.#lengths, count);
    this.#scores = new Float64Array(count);
    if (this.#matrix.buckets !== folds) this.#measure();
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    this.#cosines(tokensOf(row), out);
    for (let c = 0; c < out.length; c++) out[c]! *= this.#sharpness;
    softmaxInPlace(out);
  }

  #cosines(tokens: TokenView, out: Float64Array): void {
    out.fill(0);
    this.#matrix.addProducts(tokens, out, this.#importance);
    const length = Math.sqrt(this.#squaredLength(tokens));
    for (let c = 0; c < out.length; c++) out[c]! /= length * Math.sqrt(this.#lengths[c]!) + EPSILON;
  }

  #squaredLength({ hashes, values }: TokenView): number {
    let sum = EPSILON;
    for (let token = 0; token < hashes.length; token++) {
      sum += values[token]! ** 2 * this.#importance(this.#matrix.bucketOf(hashes[token]!));
    }
    return sum;
  }

  /** Falls with the mean square of a bucket, as if each had begun with an equal share of one example. */
  readonly #importance = (bucket: number): number => {
    const { buckets, perBucket } = this.#matrix;
    return ((this.#total + 1) / (buckets * perBucket[bucket]! + 5)) ** IMPORTANCE;
  };

  learnOne(row: Row, label: number, weight: number): void {
    const tokens = tokensOf(row);
    this.#sharpen(tokens, label, weight);
    this.#add(tokens, label, weight);
    this.#total += weight;
    if (this.#learned++ % LENGTHS_EVERY === 0) this.#measure();
  }

  /** One step down the log loss of an example that is not yet counted. */
  #sharpen(tokens: TokenView, label: number, weight: number): void {
    const scores = this.#scores;
    this.#cosines(tokens, scores);
    const [known, score] = [this.#lengths[label]! > 0, scores[label]!];
    if (!known) return;
    let [total, mean] = [0, 0];
    for (let c = 0; c < scores.length; c++) {
      const share = Math.exp(this.#sharpness * (scores[c]! - score));
      total += share;
      mean += share * scores[c]!;
    }
    const slope = this.#sharpness * (score - mean / total);
    const step = SHARPNESS_RATE * Math.min(1, weight) * Math.max(-STEEPEST, Math.min(STEEPEST, slope));
    this.#sharpness = Math.min(MOST_SHARPNESS, Math.max(1, this.#sharpness * Math.exp(step)));
  }

  #add({ hashes, values }: TokenView, label: number, weight: number): void {
    const { values: sums, perBucket } = this.#matrix;
    let longer = 0;
    for (let token = 0; token < hashes.length; token++) {
      const bucket = this.#matrix.bucketOf(hashes[token]!);
      const at = this.#matrix.startOf(bucket) + label;
      const [before, value] = [sums[at]!, weight * signed(hashes[token]!, values[token]!)];
      longer += this.#importance(bucket) * value * (2 * before + value);
      sums[at] = before + value;
      perBucket[bucket]! += value * signed(hashes[token]!, values[token]!);
    }
    this.#lengths[label] = Math.max(0, this.#lengths[label]! + longer);
  }

  #measure(): void {
    const { values, buckets } = this.#matrix;
    const lengths = this.#lengths.fill(0);
    for (let bucket = 0; bucket < buckets; bucket++) {
      const importance = this.#importance(bucket);
      const start = this.#matrix.startOf(bucket);
      for (let c = 0; c < lengths.length; c++) lengths[c]! += importance * values[start + c]! ** 2;
    }
  }

  state(): PartState {
    const tensors = {
      sums: this.#matrix.values.slice(),
      squares: this.#matrix.perBucket.slice(),
      lengths: this.#lengths.slice(),
    };
    const values = { total: this.#total, learned: this.#learned, sharpness: this.#sharpness };
    return joinStates({ centroids: { tensors, values } });
  }

  restore(state: PartState): void {
    const own = partOfState(state, 'centroids');
    const sums = readTensor(own, 'sums', 'f32', this.#matrix.values.length);
    const squares = readTensor(own, 'squares', 'f32', this.#matrix.perBucket.length);
    const lengths = readTensor(own, 'lengths', 'f64', this.#lengths.length);
    const total = readNumber(own, 'total', 0, Number.MAX_VALUE);
    const learned = readCount(own, 'learned', 0, Number.MAX_SAFE_INTEGER);
    const sharpness = readNumber(own, 'sharpness', 1, MOST_SHARPNESS);
    [this.#matrix.values, this.#matrix.perBucket, this.#lengths] = [sums, squares, lengths];
    [this.#total, this.#learned, this.#sharpness] = [total, learned, sharpness];
  }
}
