import type { PartState } from '../../core/part-state.ts';
import { joinStates, partOfState, readCount, readNumber, readTensor } from '../../core/read-state.ts';
import type { SparseVector } from '../reward/sparse-vector.ts';
import { modelsState, readModels, type DiagonalModel } from './diagonal-model.ts';
import { ExpertWeights, logLikelihood } from './expert-weights.ts';

export const MOST_REGIMES = 8;
/**
 * Nats by which the first candidate must have predicted better than all that is known, and the n-th by log(1 + n) more: each is found by chance at most
 * with e to the minus of that, all of them together seldom.
 */
const FIRST_THRESHOLD = 4;
/** More than any threshold. */
const MOST_NATS = 100;
/** A candidate that has nothing to say for itself starts over after so many experiences. */
const CANDIDATE_AGE = 20;
/** What a candidate starts with of the believed one's weights and of the information about them. */
const STARTING_MEAN = 0.7;
const STARTING_INFORMATION = 0.1;
/** Odds of a new regime against all others. */
const ODDS = 20;
/** Chance that a decision is the first of another regime. */
const SWITCH = 0.1;
/** Prior of the model that knows no regimes. */
const BASE = 0.5;
/** Experiences that a regime must have been learned from before it is put aside for another. */
const LEAST_EXPERIENCES = 20;
/** What is believed less does not learn. */
const LEAST_LESSON = 0.1;

interface Candidate {
  readonly model: DiagonalModel;
  /** What was believed most when it started, as that was then. */
  readonly before: DiagonalModel;
}

/**
 * Regimes of a visitor that come and go: a model for each that was met, weighed by how well it predicted since, beside the model that learns from
 * everything. A new one is found as a change is (a CUSUM of log-likelihood ratios, as in ChangeDetector): a candidate that starts over every few
 * experiences must have predicted better than everything known together. What was believed until then goes back to what it was when the candidate started,
 * so that a regime is not blurred by the beginning of the next. With that a regime that returns is recognised, not learned anew (past posteriors as
 * experts: Bousquet and Warmuth 2002, "Tracking a small set of experts by mixing past posteriors").
 */
export class RegimeLibrary {
  #models: (DiagonalModel | null)[] = Array.from({ length: MOST_REGIMES }, () => null);
  /** Of the base, then of each regime. */
  readonly #weights = new ExpertWeights(1 + MOST_REGIMES, 0, BASE);
  /** [regimes] experiences since each was believed. */
  #idle = new Float64Array(MOST_REGIMES);
  #candidate: Candidate | null = null;
  /** What was believed most when the candidate started; −1 for the base. */
  #believed = -1;
  #statistic = 0;
  #age = 0;
  /** Candidates so far. */
  #candidates = 0;
  #experiences = 0;

  get count(): number {
    return this.#models.filter((model) => model !== null).length;
  }

  get models(): readonly (DiagonalModel | null)[] {
    return this.#models;
  }

  /** [1 + regimes] weights of the base and of each regime, 0 for one that is not there. */
  weights(): Float64Array {
    return this.#weights.among(this.#awake());
  }

  #awake(): Float64Array {
    return Float64Array.from([0, ...this.#models.map((model) => (model ? 0 : NaN))]);
  }

  /** A decision begins. */
  begin(): void {
    if (this.count > 0) this.#weights.share(SWITCH, this.#awake());
  }

  /** [1 + regimes] expected reward of the base and of each regime; NaN for one that is not there. */
  expect(x: SparseVector, base: number): Float64Array {
    return Float64Array.from([base, ...this.#models.map((model) => model?.expect(x) ?? NaN)]);
  }

  /**
   * @param expected as {@link expect} said before anyone learned this reward @param known what was expected of it by everything together
   * @param base a copy of what the base knows @param prior variances of the weights
   */
  learnOne(
    x: SparseVector,
    { reward, weight }: { readonly reward: number; readonly weight: number },
    { expected, known }: { readonly expected: Float64Array; readonly known: number },
    base: () => DiagonalModel,
    prior: Float32Array,
  ): void {
    if (this.count > 0) this.#weights.update(expected, reward, weight);
    const weights = this.weights();
    this.#experiences += 1;
    for (let i = 0; i < MOST_REGIMES; i++) this.#idle[i] = weights[1 + i]! > 0.5 ? 0 : this.#idle[i]! + 1;
    this.#models.forEach((model, i) => {
      const lesson = weights[1 + i]!;
      if (lesson > LEAST_LESSON) model?.learnOne(x, reward, weight * lesson, prior);
    });
    const isSpent = this.#statistic === 0 && this.#age >= CANDIDATE_AGE;
    const candidate = isSpent || !this.#candidate ? this.#start(weights, base, prior) : this.#candidate;
    const ratio = logLikelihood(candidate.model.expect(x), reward) - logLikelihood(known, reward);
    this.#statistic = Math.max(0, this.#statistic + Math.min(1, weight) * ratio);
    this.#age += 1;
    candidate.model.learnOne(x, reward, weight, prior);
    if (this.#statistic >= FIRST_THRESHOLD + Math.log(1 + this.#candidates)) this.#promote(candidate);
  }

  #start(weights: Float64Array, base: () => DiagonalModel, prior: Float32Array): Candidate {
    this.#believed = weights.indexOf(Math.max(...weights)) - 1;
    const before = this.#models[this.#believed]?.copy() ?? base();
    const model = before.copy();
    model.widen(STARTING_INFORMATION, prior);
    for (let i = 0; i < model.mean.length; i++) model.mean[i]! *= STARTING_MEAN;
    [this.#age, this.#statistic] = [0, 0];
    this.#candidates += 1;
    this.#candidate = { model, before };
    return this.#candidate;
  }

  #promote({ model, before }: Candidate): void {
    if (this.#believed >= 0) this.#models[this.#believed] = before;
    else if (this.#experiences >= LEAST_EXPERIENCES) this.#weights.enter(1 + this.#store(before), 0);
    this.#weights.enter(1 + this.#store(model), ODDS);
    [this.#candidate, this.#statistic, this.#experiences] = [null, 0, 0];
  }

  /** In the place of the one that was not believed for longest, where there is no other. */
  #store(model: DiagonalModel): number {
    const free = this.#models.indexOf(null);
    const place = free === -1 ? this.#idle.indexOf(Math.max(...this.#idle)) : free;
    this.#models[place] = model;
    this.#idle[place] = 0;
    return place;
  }

  state(): PartState {
    const values = {
      believed: this.#believed,
      statistic: this.#statistic,
      age: this.#age,
      experiences: this.#experiences,
      candidates: this.#candidates,
    };
    const own = { tensors: { idle: this.#idle.slice() }, values };
    const { model = null, before = null } = this.#candidate ?? {};
    const models = modelsState([...this.#models, model, before]);
    return joinStates({ own, models, weights: this.#weights.state() });
  }

  /** @param size of a model @throws CHECKPOINT_CORRUPT */
  restore(state: PartState, size: number): void {
    const own = partOfState(state, 'own');
    const models = readModels(partOfState(state, 'models'), MOST_REGIMES + 2, size);
    const believed = readCount(own, 'believed', -1, MOST_REGIMES - 1);
    const statistic = readNumber(own, 'statistic', 0, MOST_NATS);
    const age = readCount(own, 'age', 0, Number.MAX_SAFE_INTEGER);
    const experiences = readCount(own, 'experiences', 0, Number.MAX_SAFE_INTEGER);
    const candidates = readCount(own, 'candidates', 0, Number.MAX_SAFE_INTEGER);
    const idle = readTensor(own, 'idle', 'f64', MOST_REGIMES);
    this.#weights.restore(partOfState(state, 'weights'));
    [this.#believed, this.#statistic, this.#age, this.#experiences] = [believed, statistic, age, experiences];
    this.#models = models.slice(0, MOST_REGIMES);
    const [model, before] = models.slice(MOST_REGIMES);
    this.#candidate = model && before ? { model, before } : null;
    [this.#idle, this.#candidates] = [idle, candidates];
  }
}
