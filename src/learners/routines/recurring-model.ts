import { murmur3 } from '../../core/hashing.ts';
import type { LocalTime } from '../../core/local-time.ts';
import type { PartState } from '../../core/part-state.ts';
import { joinStates, partOfState, readNumber } from '../../core/read-state.ts';
import type { BayesianLogisticModel } from '../reward/bayesian-logistic-model.ts';
import type { Occasion, RewardEstimates, RewardModel } from '../reward/reward-model.ts';
import { SparseVector } from '../reward/sparse-vector.ts';
import type { Row } from '../row.ts';
import { blend, type WeighedModel } from './blend.ts';
import { PARTITIONS } from './calendar.ts';
import { CalendarContexts } from './calendar-contexts.ts';
import { DiagonalModel } from './diagonal-model.ts';
import { ExpertWeights } from './expert-weights.ts';
import { MOST_REGIMES, RegimeLibrary } from './regime-library.ts';

/** Bytes that all models beside the base may take. */
const MOST_BYTES = 1_000_000;
/** Chance, at each experience, that the calendar, or none of it, or the regimes are the right view from here on. */
const SHARE = 0.01;
/** Prior of the base. */
const BASE = 0.3;
/** Views: the base, each partition of the week, the regimes. */
const REGIMES = 1 + PARTITIONS.length;
/** Models that are believed less have no say in an answer, and no more than so many have one. */
const LEAST_WEIGHT = 0.01;
const MOST_VOICES = 5;
/** Share of what is known that a cell of the week starts with where it is met for the first time. */
const KEPT_IN_NEW_CELL = 0.05;

/**
 * A reward model that keeps what recurs: a visitor on weekday mornings is another than on Saturday nights. Beside the base, which learns from everything,
 * stand models for the cells of the week and for regimes that no clock tells, weighed by how well they predicted lately. Until the calendar has two cells,
 * or a regime was found that the base does not explain, the answers are the base's, to the bit. The base itself learns as if nothing stood beside it.
 * Settings were chosen on simulated visitors like those of bench/memory/routine-visitors.ts, others than are shown there.
 */
export class RecurringModel implements RewardModel {
  readonly #base: BayesianLogisticModel;
  readonly #size: number;
  readonly #calendar: CalendarContexts;
  readonly #regimes = new RegimeLibrary();
  readonly #views = new ExpertWeights(1 + REGIMES, 0, BASE);
  /** Hash of the decision that the last experience came of; −1 where that was not said. */
  #decision = -1;
  readonly #x = new SparseVector();

  constructor(base: BayesianLogisticModel) {
    this.#base = base;
    this.#size = base.priorVariance.length;
    const most = Math.floor(MOST_BYTES / (8 * this.#size));
    this.#calendar = new CalendarContexts(Math.max(0, most - MOST_REGIMES - 2));
  }

  /** Regimes found so far that are still remembered. */
  get regimes(): number {
    return this.#regimes.count;
  }

  predict(rows: readonly Row[], when?: LocalTime): RewardEstimates {
    const base = this.#base.predict(rows);
    const voices = this.#voices(when);
    return voices.length === 0 ? base : blend(base, voices, this.#base.lastInputs);
  }

  /** Those with a say beside the base; what they leave of the weight is the base's. */
  #voices(when: LocalTime | undefined): readonly WeighedModel[] {
    const experts = this.#experts(when).sort((a, b) => b.weight - a.weight);
    return experts.slice(0, MOST_VOICES).filter(({ weight }) => weight >= LEAST_WEIGHT);
  }

  #experts(when: LocalTime | undefined): WeighedModel[] {
    const cells = when ? this.#calendar.at(when) : [];
    const views = this.#views.among(this.#viewsAwake(cells));
    const experts = cells.flatMap((models, partition) => weighed(models, views[1 + partition]!));
    const regimes = this.#regimes.weights();
    this.#regimes.models.forEach((model, index) => {
      if (model) experts.push({ model, weight: views[REGIMES]! * regimes[1 + index]! });
    });
    return experts;
  }

  /** [views] NaN for one that has nothing to say now. */
  #viewsAwake(cells: readonly (readonly WeighedModel[])[]): Float64Array {
    const awake = new Float64Array(1 + REGIMES).fill(NaN);
    awake[0] = 0;
    cells.forEach((models, partition) => {
      if (models.length > 0) awake[1 + partition] = 0;
    });
    if (this.#regimes.count > 0) awake[REGIMES] = 0;
    return awake;
  }

  learnOne(row: Row, reward: number, weight: number, { when, decisionId }: Occasion = {}): void {
    if (weight === 0) return;
    const decision = decisionId === undefined ? -1 : murmur3(decisionId);
    if (decision === -1 || decision !== this.#decision) this.#regimes.begin();
    this.#decision = decision;
    const x = this.#base.vectorOf(row, this.#x);
    if (when) {
      const believed = () => this.#believed(when);
      this.#calendar.admit(when, () => this.#known(), believed);
    }
    this.#learnViews(x, row, { reward, weight }, when);
  }

  #learnViews(
    x: SparseVector,
    row: Row,
    lesson: { readonly reward: number; readonly weight: number },
    when: LocalTime | undefined,
  ): void {
    const { reward, weight } = lesson;
    const cells = when ? this.#calendar.at(when) : [];
    const views = this.#viewsAwake(cells);
    cells.forEach((models, partition) => {
      if (models.length > 0) views[1 + partition] = mixture(models, x);
    });
    this.#base.learnOne(row, reward, weight);
    views[0] = this.#base.lastExpected;
    const expected = this.#regimes.expect(x, views[0]);
    if (this.#regimes.count > 0) views[REGIMES] = average(this.#regimes.weights(), expected);
    const known = average(this.#views.among(views), views);
    this.#views.update(views, reward, weight);
    this.#views.share(SHARE, views);
    const prior = this.#base.priorVariance;
    this.#regimes.learnOne(x, lesson, { expected, known }, () => this.#known(), prior);
    if (when) this.#calendar.learnOne(when, x, reward, weight, prior);
  }

  #known(): DiagonalModel {
    const known = new DiagonalModel(new Float32Array(this.#size), new Float32Array(this.#size));
    this.#base.copyMarginals(known.mean, known.variance);
    return known;
  }

  /** The mean of all that is believed at this time, held for little. */
  #believed(when: LocalTime): DiagonalModel {
    const out = this.#known();
    const experts = this.#experts(when);
    const rest = 1 - experts.reduce((sum, { weight }) => sum + weight, 0);
    for (let i = 0; i < this.#size; i++) {
      let [mean, variance] = [rest * out.mean[i]!, rest * out.variance[i]!];
      for (const { model, weight } of experts) {
        mean += weight * model.mean[i]!;
        variance += weight * model.variance[i]!;
      }
      [out.mean[i], out.variance[i]] = [mean, variance];
    }
    out.widen(KEPT_IN_NEW_CELL, this.#base.priorVariance);
    return out;
  }

  /** The base's: what stands beside it is {@link routines}. */
  state(): PartState {
    return this.#base.state();
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    this.#base.restore(state);
  }

  /** What this visitor's time looks like. It stays on the device. */
  routines(): PartState {
    const own = { tensors: {}, values: { decision: this.#decision } };
    const views = this.#views.state();
    return joinStates({ own, views, calendar: this.#calendar.state(), regimes: this.#regimes.state() });
  }

  /** Beside a base that was restored from the same checkpoint. @throws CHECKPOINT_CORRUPT */
  restoreRoutines(state: PartState): void {
    const decision = readNumber(partOfState(state, 'own'), 'decision', -1, 2 ** 32);
    this.#views.restore(partOfState(state, 'views'));
    this.#calendar.restore(partOfState(state, 'calendar'), this.#size);
    this.#regimes.restore(partOfState(state, 'regimes'), this.#size);
    this.#decision = decision;
  }
}

function weighed(models: readonly WeighedModel[], by: number): WeighedModel[] {
  return models.map(({ model, weight }) => ({ model, weight: by * weight }));
}

function mixture(models: readonly WeighedModel[], x: SparseVector): number {
  return models.reduce((sum, { model, weight }) => sum + weight * model.expect(x), 0);
}

/** Of those that have a weight. */
function average(weights: Float64Array, values: Float64Array): number {
  return weights.reduce((sum, weight, i) => sum + (weight > 0 ? weight * values[i]! : 0), 0);
}
