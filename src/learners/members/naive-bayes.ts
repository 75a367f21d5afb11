import type { PartState } from '../../core/part-state.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { grown, softmaxInPlace } from './class-arrays.ts';
import { CompactView } from './compact-view.ts';
import { joinStates, partOfState, readTensor } from '../../core/read-state.ts';

const PRIOR = 0.5;
const LEAST_VARIANCE = 1e-3;
/** What counts as one feature's evidence at most, in nats: features that depend on one another add up too much. */
const MOST_EVIDENCE = 4;

/**
 * Naive Bayes with a fading memory: for each class normal densities of the numbers, and shares of the rows in which each hashed place is taken. The
 * memory of a class fades with its own rows, so that one that is not seen is not forgotten.
 */
export class NaiveBayes implements OnlineClassifier {
  readonly #numbers: number;
  readonly #hashSize: number;
  readonly #fade: number;
  readonly #view: CompactView;
  readonly #x: Float32Array;
  #classCount: number;
  /** [classes] */
  #totals: Float64Array<ArrayBuffer>;
  /** [classes, numbers] */
  #means: Float64Array<ArrayBuffer>;
  #variances: Float64Array<ArrayBuffer>;
  /** [classes, hash size] */
  #counts: Float32Array<ArrayBuffer>;

  /** @param window rows of a class over which it remembers */
  constructor(shape: RowShape, classCount: number, { window }: { readonly window: number }) {
    // The part of the view for hashed features is not read: they are counted exactly.
    this.#view = new CompactView({ ...shape, hashSize: 0 }, 1);
    this.#numbers = this.#view.size;
    this.#hashSize = shape.hashSize;
    this.#fade = 1 - 1 / window;
    this.#x = new Float32Array(this.#numbers);
    this.#classCount = classCount;
    this.#totals = new Float64Array(classCount);
    this.#means = new Float64Array(classCount * this.#numbers);
    this.#variances = new Float64Array(classCount * this.#numbers);
    this.#counts = new Float32Array(classCount * this.#hashSize);
  }

  growClasses(count: number): void {
    this.#classCount = Math.max(count, this.#classCount);
    this.#totals = grown(this.#totals, count);
    this.#means = grown(this.#means, count * this.#numbers);
    this.#variances = grown(this.#variances, count * this.#numbers);
    this.#counts = grown(this.#counts, count * this.#hashSize);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    this.#view.write(row, this.#x);
    for (let c = 0; c < this.#classCount; c++)
      out[c] = Math.log(this.#totals[c]! + PRIOR) + this.#numberEvidence(c) + this.#tokenEvidence(c, row.indices);
    softmaxInPlace(out);
  }

  #numberEvidence(label: number): number {
    const start = label * this.#numbers;
    const known = this.#totals[label]!;
    let sum = 0;
    for (let i = 0; i < this.#numbers; i++) {
      // Towards a unit variance while there are few rows.
      const variance = (known * this.#variances[start + i]! + 1) / (known + 1) + LEAST_VARIANCE;
      const distance = this.#x[i]! - this.#means[start + i]!;
      sum -= 0.5 * Math.min(2 * MOST_EVIDENCE, (distance * distance) / variance) + 0.5 * Math.log(variance);
    }
    return sum;
  }

  #tokenEvidence(label: number, indices: Int32Array): number {
    const start = label * this.#hashSize;
    let sum = 0;
    for (const place of indices) sum += Math.log(this.#counts[start + place]! + PRIOR);
    // Every token has two places.
    return (sum - indices.length * Math.log(this.#totals[label]! + 2 * PRIOR)) / 2;
  }

  learnOne(row: Row, label: number, weight: number): void {
    this.#view.learnOne(row);
    if (weight === 0) return;
    this.#view.write(row, this.#x);
    this.#totals[label] = this.#totals[label]! * this.#fade + weight;
    const share = weight / this.#totals[label];
    const start = label * this.#numbers;
    for (let i = 0; i < this.#numbers; i++) {
      const distance = this.#x[i]! - this.#means[start + i]!;
      this.#means[start + i]! += share * distance;
      this.#variances[start + i] = (1 - share) * (this.#variances[start + i]! + share * distance * distance);
    }
    const hashed = label * this.#hashSize;
    for (let i = 0; i < this.#hashSize; i++) this.#counts[hashed + i]! *= this.#fade;
    for (const place of row.indices) this.#counts[hashed + place]! += weight;
  }

  state(): PartState {
    const tensors = {
      totals: this.#totals.slice(),
      means: this.#means.slice(),
      variances: this.#variances.slice(),
      counts: this.#counts.slice(),
    };
    return joinStates({ model: { tensors, values: {} }, view: this.#view.state() });
  }

  restore(state: PartState): void {
    const model = partOfState(state, 'model');
    const totals = readTensor(model, 'totals', 'f64', this.#totals.length);
    const means = readTensor(model, 'means', 'f64', this.#means.length);
    const variances = readTensor(model, 'variances', 'f64', this.#variances.length);
    const counts = readTensor(model, 'counts', 'f32', this.#counts.length);
    this.#view.restore(partOfState(state, 'view'));
    [this.#totals, this.#means, this.#variances, this.#counts] = [totals, means, variances, counts];
  }
}
