import type { PartState } from '../../core/part-state.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { grown, softmaxInPlace } from './class-arrays.ts';
import { NoiseRates } from './noise-rates.ts';
import { Covariance } from './covariance.ts';
import { corrupt, joinStates, partOfState, readCount, readTensor } from '../../core/read-state.ts';

export interface NewtonOptions {
  /** Variance that each weight gains a row: 0 weighs the whole past alike, more forgets. */
  readonly drift: number;
}

const TINY = 1e-9;
/** All hashed places share so many (the top six bits of a hash). */
const SLOTS = 64;

/**
 * Logistic regression on the dense numbers and a sketch of the hashed block by second-order steps: an extended Kalman filter, whose covariance says how much is known
 * in which direction (Ollivier 2018, arXiv 1703.00209), one for all classes. It learns the true classes through the noise that labels seem to have ("forward
 * correction", Patrini et al. 2017, arXiv 1609.03683), so that wrong labels do not drag the boundary; what it answers are the probabilities of the label.
 * Work and memory grow with the square of the numbers.
 */
export class NewtonClassifier implements OnlineClassifier {
  readonly #denseSize: number;
  readonly #width: number;
  readonly #noise: NoiseRates;
  /** [width] */
  readonly #x: Float64Array;
  #classCount: number;
  /** [classes] */
  #truth: Float64Array;
  #posterior: Float64Array;
  /** [classes, width] */
  #weights: Float64Array<ArrayBuffer>;
  readonly #covariance: Covariance;
  /** [width] for each number its place among those that were ever other than 0, −1 for the others: what is never met costs nothing. */
  #places: Int32Array<ArrayBuffer>;
  #met = 0;

  constructor({ denseSize, hashSize }: RowShape, classCount: number, { drift }: NewtonOptions) {
    this.#denseSize = denseSize;
    this.#width = denseSize + (hashSize > 0 ? SLOTS : 0) + 1;
    this.#noise = new NoiseRates(classCount);
    this.#x = new Float64Array(this.#width);
    this.#classCount = classCount;
    this.#truth = new Float64Array(classCount);
    this.#posterior = new Float64Array(classCount);
    this.#weights = new Float64Array(classCount * this.#width);
    this.#covariance = new Covariance(this.#width, drift);
    this.#places = new Int32Array(this.#width).fill(-1);
  }

  growClasses(count: number): void {
    if (count <= this.#classCount) return;
    this.#classCount = count;
    this.#noise.growClasses(count);
    this.#weights = grown(this.#weights, count * this.#width);
    this.#truth = new Float64Array(count);
    this.#posterior = new Float64Array(count);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    this.#read(row, false);
    this.#writeTruth(out);
    this.#noise.toLabel(out);
  }

  learnOne(row: Row, label: number, weight: number): void {
    if (weight === 0) return;
    this.#read(row, true);
    const [truth, posterior] = [this.#truth, this.#posterior];
    this.#writeTruth(truth);
    const spread = this.#covariance.measure(this.#x, this.#met);
    const isDrift = this.#noise.isDrift;
    const curvature = weight * this.#curvature(isDrift);
    this.#learnNoise(label, spread, weight);
    if (isDrift) posterior.fill(0)[label] = 1;
    else this.#noise.posterior(truth, label, posterior);
    const share = 1 / (1 + curvature * spread);
    const { gain } = this.#covariance;
    for (let c = 0; c < this.#classCount; c++) {
      const step = weight * share * (posterior[c]! - truth[c]!);
      const start = c * this.#width;
      for (let i = 0; i < this.#met; i++) this.#weights[start + i]! += step * gain[i]!;
    }
    this.#covariance.shrink(curvature * share);
  }

  /** Fills `x` with the numbers at their places. @param isLearned numbers that are met for the first time get one */
  #read({ dense, indices, values }: Row, isLearned: boolean): void {
    const x = this.#x.fill(0, 0, this.#met);
    for (let i = 0; i < this.#denseSize; i++) if (dense[i] !== 0) this.#add(x, i, dense[i]!, isLearned);
    const hasHashed = this.#width > this.#denseSize + 1;
    if (hasHashed)
      for (let i = 0; i < indices.length; i++)
        this.#add(x, this.#denseSize + slotOf(indices[i]!), values[i]!, isLearned);
    this.#add(x, this.#width - 1, 1, isLearned);
  }

  #add(x: Float64Array, number: number, value: number, isLearned: boolean): void {
    let place = this.#places[number]!;
    if (place === -1) {
      if (!isLearned) return;
      place = this.#places[number] = this.#met++;
      x[place] = 0;
    }
    x[place]! += value;
  }

  #writeTruth(out: Float64Array): void {
    const [x, weights, met] = [this.#x, this.#weights, this.#met];
    for (let c = 0; c < this.#classCount; c++) {
      const start = c * this.#width;
      let score = 0;
      for (let i = 0; i < met; i++) score += weights[start + i]! * x[i]!;
      out[c] = score;
    }
    softmaxInPlace(out);
  }

  /** From probabilities that are moderated by what is not known yet (MacKay 1992): else what the model errs in would count as noise. */
  #learnNoise(label: number, spread: number, weight: number): void {
    const posterior = this.#posterior;
    const sureness = 1 / Math.sqrt(1 + (Math.PI / 4) * spread);
    for (let c = 0; c < posterior.length; c++) posterior[c] = Math.max(TINY, this.#truth[c]!) ** sureness;
    this.#noise.posterior(posterior, label, posterior);
    this.#noise.learnOne(posterior, label, weight);
  }

  /** Fisher information of a score: the mean over the classes, each against the rest, by how likely they are. */
  #curvature(isDrift: boolean): number {
    const classes = this.#classCount;
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      const p = this.#truth[c]!;
      const rate = isDrift ? 0 : this.#noise.rateOf(c);
      const into = isDrift ? 0 : this.#noise.rateInto(c);
      const ofLabel = (1 - rate) * p + into * (1 - p);
      const slope = (1 - rate - into) * p * (1 - p);
      sum += (p * slope * slope) / Math.max(TINY, ofLabel * (1 - ofLabel));
    }
    return (sum * classes) / Math.max(1, classes - 1);
  }

  state(): PartState {
    const tensors = { weights: this.#weights.slice(), places: this.#places.slice() };
    const model = { tensors, values: { met: this.#met } };
    return joinStates({ model, covariance: this.#covariance.state(), noise: this.#noise.state() });
  }

  restore(state: PartState): void {
    const model = partOfState(state, 'model');
    const weights = readTensor(model, 'weights', 'f64', this.#weights.length);
    const places = readTensor(model, 'places', 'i32', this.#places.length);
    const met = readCount(model, 'met', 0, this.#width);
    const taken = [...places].filter((place) => place !== -1).sort((a, b) => a - b);
    if (taken.length !== met || taken.some((place, index) => place !== index)) throw corrupt('places are not in order');
    this.#covariance.restore(partOfState(state, 'covariance'));
    this.#noise.restore(partOfState(state, 'noise'));
    [this.#weights, this.#places, this.#met] = [weights, places, met];
  }
}

function slotOf(place: number): number {
  return Math.imul(place + 1, 0x9e3779b1) >>> 26;
}
