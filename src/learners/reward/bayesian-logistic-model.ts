import type { PartState } from '../../core/part-state.ts';
import type { Row, RowShape } from '../row.ts';
import { ChangeDetector, CHANGE_DETECTOR_DEFAULTS, type ChangeDetectorOptions } from './change-detector.ts';
import { hashedScale, rowScales, type HiddenFeatures, type RowScales } from './feature-map.ts';
import { GaussianPosterior } from './gaussian-posterior.ts';
import { expectedReward, logisticStep, sigmoid } from './logistic-step.ts';
import { readNumber } from '../../core/read-state.ts';
import { readRecord, requireState } from './part-reader.ts';
import type { RewardEstimates, RewardModel } from './reward-model.ts';
import { SparseVector } from './sparse-vector.ts';
import { PLACES_OF_TOKEN, TokenPlaces } from './token-places.ts';

export interface BayesianLogisticOptions {
  /** Prior standard deviation of the part of the score (log-odds) that each of the row's parts gives: numbers, hashed block, hidden features. */
  readonly priorScale: number;
  /** Prior standard deviation of the intercept. */
  readonly interceptScale: number;
  /** Experiences that are remembered in full: each forgets 1 / memory of what is known. */
  readonly memory: number;
  /**
   * How strongly tokens enter that describe the context alone, against the others: they cannot change an order, and what they explain of the rewards of
   * one candidate would be expected of the others too.
   */
  readonly contextScale: number;
  /** Places with a full covariance; tokens that come later share hashed places with a variance each. */
  readonly fullSize: number;
  /** Share of what is known that is kept when a change is found. */
  readonly keptOnChange: number;
  readonly change: ChangeDetectorOptions | null;
}

/** Chosen on the seeded synthetic bandits of bench/learning/bandits, having seen the news and the mushroom figures too. */
export const BAYESIAN_LOGISTIC_DEFAULTS: BayesianLogisticOptions = {
  priorScale: 2,
  interceptScale: 2,
  memory: 100_000,
  contextScale: 0.1,
  fullSize: 512,
  keptOnChange: 0.1,
  change: CHANGE_DETECTOR_DEFAULTS,
};

/** A fleet's model to start from, and how many experiences of this visitor it is worth. Its mean and its variances, capped by that, become the prior. */
export interface FleetPrior {
  readonly state: PartState;
  readonly strength: number;
}

/**
 * Bayesian logistic regression over a row, online: a Gaussian posterior over the weights, one approximate update a reward, forgetting
 * (as D-LinUCB, Russac et al. 2019, arXiv 1909.09146, discounts the past), and much harder forgetting when a change is found.
 * Layout of the weights: intercept, dense features, hidden features, then tokens in the order in which they are met, all of them with one full
 * covariance while there is room; then the hashed block, with a variance each, for tokens that there was no room for.
 */
export class BayesianLogisticModel implements RewardModel {
  readonly #options: BayesianLogisticOptions;
  readonly #hidden: HiddenFeatures | null;
  readonly #shape: RowShape;
  readonly #scales: RowScales;
  readonly #fullSize: number;
  readonly #hashStart: number;
  #posterior: GaussianPosterior;
  readonly #detector: ChangeDetector | null;
  #tokens: TokenPlaces;
  #experiences = 0;
  #changes = 0;
  #lastExpected = 0;
  readonly #hiddenValues: Float32Array;
  /** [size] the row being written; a place is in it where its mark is the row's. */
  readonly #sums: Float64Array;
  readonly #marks: Int32Array;
  #mark = 0;
  readonly #applied: Float64Array;
  readonly #x = new SparseVector();
  /** Buffers of the rows of one decision. */
  readonly #inputs: SparseVector[] = [];

  constructor(
    shape: RowShape,
    options: Partial<BayesianLogisticOptions> = {},
    { hidden = null, fleet = null }: { hidden?: HiddenFeatures | null; fleet?: FleetPrior | null } = {},
  ) {
    this.#options = { ...BAYESIAN_LOGISTIC_DEFAULTS, ...options };
    this.#shape = shape;
    this.#hidden = hidden;
    this.#scales = rowScales(shape);
    this.#hashStart = 1 + shape.denseSize + (hidden?.size ?? 0);
    this.#fullSize = this.#hashStart + Math.min(shape.hashSize, Math.max(0, this.#options.fullSize - this.#hashStart));
    this.#tokens = new TokenPlaces(shape.hashSize, this.#hashStart);
    this.#detector = this.#options.change && new ChangeDetector(this.#options.change);
    this.#posterior = this.#freshPosterior();
    this.#hiddenValues = new Float32Array(hidden?.size ?? 0);
    const size = this.#posterior.size;
    this.#sums = new Float64Array(size);
    this.#marks = new Int32Array(size);
    this.#applied = new Float64Array(size);
    if (fleet) this.#startFrom(fleet);
  }

  #freshPosterior(): GaussianPosterior {
    const size = this.#fullSize + this.#shape.hashSize;
    const variance = new Float32Array(size).fill(this.#options.priorScale ** 2);
    variance[0] = this.#options.interceptScale ** 2;
    return new GaussianPosterior(this.#fullSize, this.#hashStart, variance);
  }

  /** [size] Variances of the weights before anything is learned. */
  get priorVariance(): Float32Array {
    return this.#posterior.priorVariance;
  }

  /** What the model expected of the last experience before it learned it, in [0, 1]. */
  get lastExpected(): number {
    return this.#lastExpected;
  }

  /** The rows of the last decision as it reads them; good until the next call. */
  get lastInputs(): readonly SparseVector[] {
    return this.#inputs;
  }

  /** Writes a row as the model reads it, for a model over the same places; tokens that were not met before get theirs. */
  vectorOf(row: Row, x: SparseVector): SparseVector {
    this.#admit(row);
    return this.#write(row, x);
  }

  /** Weights, whether anything was learned of them or not. */
  get parameterCount(): number {
    return this.#posterior.mean.length;
  }

  /** Writes the weights' means and marginal variances. @param mean [size] @param variance [size] */
  copyMarginals(mean: Float32Array, variance: Float32Array): void {
    mean.set(this.#posterior.mean);
    for (let place = 0; place < variance.length; place++) variance[place] = this.#posterior.varianceAt(place);
  }

  /** Changes found so far. */
  get changes(): number {
    return this.#changes;
  }

  predict(rows: readonly Row[]): RewardEstimates {
    const count = rows.length;
    const [means, scores, deviations] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
    const inputs = rows.map((row, index) => this.#write(row, (this.#inputs[index] ??= new SparseVector())));
    const center = this.#center(inputs);
    const applied = this.#applied;
    this.#posterior.applyCovariance(center, applied);
    const common = center.dot(applied);
    // Independent draws of deviations from the mean would be too close to one another by this much.
    const independent = count > 1 ? count / (count - 1) : 1;
    inputs.forEach((x, index) => {
      const score = x.dot(this.#posterior.mean);
      const variance = this.#posterior.varianceOf(x);
      const contrast = count > 1 ? Math.max(0, variance - 2 * x.dot(applied) + common) : variance;
      scores[index] = score;
      means[index] = sigmoid(score);
      deviations[index] = Math.sqrt(independent * contrast);
    });
    return { means, scores, deviations, experiences: this.#experiences };
  }

  /** The mean of the inputs. */
  #center(inputs: readonly SparseVector[]): SparseVector {
    const center = new SparseVector();
    this.#mark += 1;
    for (const x of inputs) {
      for (let k = 0; k < x.length; k++) this.#add(center, x.indices[k]!, x.values[k]! / inputs.length);
    }
    return this.#collect(center);
  }

  learnOne(row: Row, reward: number, weight: number): void {
    if (weight === 0) return;
    this.#admit(row);
    const x = this.#write(row, this.#x);
    const applied = this.#applied;
    this.#age(weight);
    this.#posterior.applyCovariance(x, applied);
    let variance = Math.max(0, x.dot(applied));
    const score = x.dot(this.#posterior.mean);
    // Where the model is not sure yet, a surprise is no change: an observation counts by how little of the score was open.
    const sure = 1 / (1 + variance);
    this.#lastExpected = expectedReward(score, variance);
    if (this.#detector?.update(this.#lastExpected, reward, sure * weight) === true) {
      this.#changes += 1;
      this.#experiences *= this.#options.keptOnChange;
      this.#posterior.forget(this.#options.keptOnChange);
      this.#posterior.applyCovariance(x, applied);
      variance = Math.max(0, x.dot(applied));
    }
    const { step, precision } = logisticStep(score, variance, reward, weight);
    this.#posterior.observe(x, applied, variance, precision, step);
  }

  #age(weight: number): void {
    const kept = 1 - Math.min(1, weight) / this.#options.memory;
    this.#experiences = kept * this.#experiences + weight;
    this.#posterior.forget(kept);
    this.#posterior.drift(kept);
  }

  /** Whether it started from a fleet's model. */
  get hasFleetPrior(): boolean {
    return this.#posterior.hasPriorMean;
  }

  /** Goes back towards the fleet's model, of whose distance to the visitor's the share `kept` is left; nothing without one. */
  returnToFleet(kept: number): void {
    if (!this.#posterior.hasPriorMean) return;
    this.#experiences *= kept;
    this.#posterior.forget(kept);
    this.#posterior.drift(kept);
  }

  /** Gives tokens that were not met before a place in the full block, while there is room. */
  #admit(row: Row): void {
    for (let at = 0; at + 1 < row.indices.length; at += PLACES_OF_TOKEN) {
      if (this.#posterior.used === this.#fullSize) return;
      if (this.#tokens.get(row, at) === undefined) this.#tokens.set(row, at, this.#posterior.admit());
    }
  }

  #write(row: Row, x: SparseVector): SparseVector {
    x.clear();
    this.#mark += 1;
    this.#add(x, 0, 1);
    const { dense } = row;
    for (let i = 0; i < dense.length; i++) {
      if (dense[i] !== 0) this.#add(x, 1 + i, dense[i]! * this.#scales.dense);
    }
    if (this.#hidden) this.#writeHidden(this.#hidden, row, x);
    this.#writeTokens(row, x);
    return this.#collect(x);
  }

  #writeTokens(row: Row, x: SparseVector): void {
    const { indices, values, contextPlaces = 0 } = row;
    const scale = hashedScale(row);
    for (let at = 0; at + 1 < indices.length; at += PLACES_OF_TOKEN) {
      const place = this.#tokens.get(row, at);
      const factor = at < contextPlaces ? scale * this.#options.contextScale : scale;
      if (place === undefined) {
        this.#add(x, this.#fullSize + indices[at]!, values[at]! * factor);
        this.#add(x, this.#fullSize + indices[at + 1]!, values[at + 1]! * factor);
      } else {
        // As long as the two entries together.
        this.#add(x, place, Math.SQRT2 * values[at]! * factor);
      }
    }
  }

  #writeHidden(hidden: HiddenFeatures, row: Row, x: SparseVector): void {
    this.#hiddenValues.fill(0);
    hidden.write(row, this.#hiddenValues);
    const start = 1 + this.#shape.denseSize;
    for (let i = 0; i < hidden.size; i++) {
      if (this.#hiddenValues[i] !== 0) this.#add(x, start + i, this.#hiddenValues[i]!);
    }
  }

  #add(x: SparseVector, place: number, value: number): void {
    if (this.#marks[place] === this.#mark) {
      this.#sums[place]! += value;
      return;
    }
    this.#marks[place] = this.#mark;
    this.#sums[place] = value;
    x.push(place, 0);
  }

  #collect(x: SparseVector): SparseVector {
    for (let k = 0; k < x.length; k++) x.values[k] = this.#sums[x.indices[k]!]!;
    return x;
  }

  #startFrom({ state, strength }: FleetPrior): void {
    this.restore(state);
    const posterior = this.#posterior;
    const share = Math.min(1, strength / Math.max(1, this.#experiences));
    const variance = Float32Array.from({ length: posterior.size }, (_, place) => {
      const before = 1 / posterior.priorVarianceAt(place);
      return 1 / (before + share * Math.max(0, 1 / posterior.varianceAt(place) - before));
    });
    posterior.becomePrior(variance);
    [this.#experiences, this.#changes] = [0, 0];
    this.#detector?.reset();
  }

  state(): PartState {
    const { tensors, values } = this.#posterior.state();
    const detector = this.#detector?.state().values ?? null;
    return {
      tensors: { ...tensors, ...this.#tokens.state().tensors },
      values: { ...values, experiences: this.#experiences, changes: this.#changes, detector },
    };
  }

  restore(state: PartState): void {
    const experiences = readNumber(state, 'experiences', 0, Number.MAX_VALUE);
    const changes = readNumber(state, 'changes', 0, Number.MAX_SAFE_INTEGER);
    const used = readNumber(state, 'used', this.#hashStart, this.#fullSize);
    requireState(Number.isInteger(used), '"used" is not an integer');
    const posterior = this.#freshPosterior();
    posterior.restore(state);
    const tokens = new TokenPlaces(this.#shape.hashSize, this.#hashStart);
    tokens.restore(state, used - this.#hashStart);
    this.#detector?.restore({ tensors: {}, values: readRecord(state, 'detector') });
    [this.#posterior, this.#tokens] = [posterior, tokens];
    [this.#experiences, this.#changes] = [experiences, changes];
  }
}
