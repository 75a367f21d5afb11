import type { PartState } from '../../core/part-state.ts';
import { Rng } from '../../core/rng.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { grown, softmaxInPlace } from './class-arrays.ts';
import { CompactView } from './compact-view.ts';
import { addProduct } from './matrix-vector.ts';
import { joinStates, partOfState, readTensor } from '../../core/read-state.ts';

export interface KernelRidgeOptions {
  /** Random features; work and memory grow with its square. */
  readonly features: number;
  /** Variance that each weight gains a row: 0 weighs the whole past alike, more forgets. */
  readonly drift: number;
  readonly seed: number;
}

const PRIOR_VARIANCE = 1;
/** Regression outputs are 0 and 1; this makes probabilities of them, which a combiner calibrates further. */
const SHARPNESS = 4;
/** Length of all random features together, and of what the view's numbers enter with. */
const FEATURE_SCALE = 3;
const LINEAR_SCALE = 0.3;
const LEAST_WIDTH = 0.3;
const MOST_WIDTH = 2;

/**
 * Ridge regression on the classes over random Fourier features (Rahimi and Recht 2007) of several kernel widths, by recursive least squares in the
 * form of a Kalman filter. Without drift the weights do not depend on the order of the rows: classes that come in turns are not forgotten.
 */
export class KernelRidge implements OnlineClassifier {
  readonly #view: CompactView;
  readonly #width: number;
  readonly #drift: number;
  /** [random features, view size] */
  readonly #directions: Float32Array;
  readonly #phases: Float32Array;
  readonly #input: Float32Array;
  /** The same numbers; mixed widths would be converted again for every direction. */
  readonly #wide: Float64Array;
  readonly #features: Float64Array;
  readonly #gain: Float64Array;
  /** The next step of the covariance takes off the outer square of this. */
  #due: Float64Array<ArrayBuffer>;
  /** Upper triangle of [width, width], row by row. */
  #covariance: Float64Array<ArrayBuffer>;
  /** [classes, width] */
  #weights: Float64Array<ArrayBuffer>;
  #classCount: number;

  constructor(shape: RowShape, classCount: number, options: KernelRidgeOptions) {
    const rng = Rng.fromSeed(options.seed);
    this.#view = new CompactView(shape, options.seed);
    this.#drift = options.drift;
    this.#classCount = classCount;
    this.#input = new Float32Array(this.#view.size);
    this.#wide = new Float64Array(this.#view.size);
    this.#phases = Float32Array.from({ length: options.features }, () => 2 * Math.PI * rng.nextFloat());
    this.#directions = new Float32Array(options.features * this.#view.size);
    for (let i = 0; i < options.features; i++) {
      const width = LEAST_WIDTH * (MOST_WIDTH / LEAST_WIDTH) ** rng.nextFloat() * Math.sqrt(this.#view.size);
      for (let j = 0; j < this.#view.size; j++) this.#directions[i * this.#view.size + j] = rng.nextGaussian() / width;
    }
    // The random features, the view itself, and 1.
    this.#width = options.features + this.#view.size + 1;
    this.#features = new Float64Array(this.#width);
    this.#gain = new Float64Array(this.#width);
    this.#weights = new Float64Array(classCount * this.#width);
    this.#due = new Float64Array(this.#width);
    this.#covariance = new Float64Array((this.#width * (this.#width + 1)) / 2);
    for (let i = 0, at = 0; i < this.#width; at += this.#width - i, i++) this.#covariance[at] = PRIOR_VARIANCE;
  }

  growClasses(count: number): void {
    this.#classCount = Math.max(this.#classCount, count);
    this.#weights = grown(this.#weights, count * this.#width);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    this.#writeFeatures(row);
    for (let c = 0; c < this.#classCount; c++) out[c] = SHARPNESS * this.#output(c);
    softmaxInPlace(out);
  }

  learnOne(row: Row, label: number, weight: number): void {
    this.#view.learnOne(row);
    if (weight === 0) return;
    this.#writeFeatures(row);
    const spread = this.#writeGain() + 1 / weight;
    for (let c = 0; c < this.#classCount; c++) {
      const step = ((c === label ? 1 : 0) - this.#output(c)) / spread;
      const start = c * this.#width;
      for (let i = 0; i < this.#width; i++) this.#weights[start + i]! += step * this.#gain[i]!;
    }
    const root = Math.sqrt(spread);
    for (let i = 0; i < this.#width; i++) this.#due[i] = this.#gain[i]! / root;
  }

  #writeFeatures(row: Row): void {
    const input = this.#wide;
    const features = this.#features;
    const { size } = this.#view;
    this.#view.write(row, this.#input);
    input.set(this.#input);
    const count = this.#phases.length;
    const scale = Math.sqrt(2 / count);
    addProduct(this.#directions, input, this.#phases, features);
    for (let i = 0; i < count; i++) features[i] = scale * Math.cos(features[i]!) * FEATURE_SCALE;
    for (let j = 0; j < size; j++) features[count + j] = input[j]! * LINEAR_SCALE;
    features[this.#width - 1] = 1;
  }

  #output(label: number): number {
    const start = label * this.#width;
    const [weights, features] = [this.#weights, this.#features];
    let sum = 0;
    for (let i = 0; i < features.length; i++) sum += weights[start + i]! * features[i]!;
    return sum;
  }

  /**
   * Applies the step that is still due to the covariance, and gives covariance times features in one pass over its upper triangle. The
   * answer is the variance of an output.
   */
  #writeGain(): number {
    const covariance = this.#covariance;
    const features = this.#features;
    const width = this.#width;
    const due = this.#due;
    const gain = this.#gain;
    gain.fill(0);
    let at = 0;
    let i = 0;
    // Two rows at once: most of the time goes into reading and writing.
    for (; i + 1 < width; i += 2) {
      const dueA = due[i]!;
      const dueB = due[i + 1]!;
      const featureA = features[i]!;
      const featureB = features[i + 1]!;
      const nextRow = at + width - i;
      const corner = (covariance[at + 1]! -= dueA * dueB);
      let sumA = (covariance[at] = this.#drifted(covariance[at]! - dueA * dueA)) * featureA + corner * featureB;
      let sumB =
        (covariance[nextRow] = this.#drifted(covariance[nextRow]! - dueB * dueB)) * featureB + corner * featureA;
      for (let j = i + 2, a = at + 2, b = nextRow + 1; j < width; j++, a++, b++) {
        const dueHere = due[j]!;
        const feature = features[j]!;
        const valueA = covariance[a]! - dueA * dueHere;
        const valueB = covariance[b]! - dueB * dueHere;
        covariance[a] = valueA;
        covariance[b] = valueB;
        sumA += valueA * feature;
        sumB += valueB * feature;
        gain[j]! += valueA * featureA + valueB * featureB;
      }
      gain[i]! += sumA;
      gain[i + 1]! += sumB;
      at = nextRow + width - i - 1;
    }
    if (i < width) gain[i]! += (covariance[at] = this.#drifted(covariance[at]! - due[i]! * due[i]!)) * features[i]!;
    let variance = 0;
    for (let i = 0; i < width; i++) variance += gain[i]! * features[i]!;
    return Math.max(0, variance);
  }

  /** Never above what was known at the start: a direction that is not met must not gain uncertainty without end. */
  #drifted(variance: number): number {
    const least = Math.max(0, variance);
    return least < PRIOR_VARIANCE ? Math.min(PRIOR_VARIANCE, least + this.#drift) : least;
  }

  state(): PartState {
    const tensors = { covariance: this.#covariance.slice(), due: this.#due.slice(), weights: this.#weights.slice() };
    return joinStates({ model: { tensors, values: {} }, view: this.#view.state() });
  }

  restore(state: PartState): void {
    const model = partOfState(state, 'model');
    const covariance = readTensor(model, 'covariance', 'f64', this.#covariance.length);
    const due = readTensor(model, 'due', 'f64', this.#due.length);
    const weights = readTensor(model, 'weights', 'f64', this.#weights.length);
    this.#view.restore(partOfState(state, 'view'));
    this.#covariance = covariance;
    this.#due = due;
    this.#weights = weights;
  }
}
