import type { PartState } from '../../core/part-state.ts';
import type { OnlineRegressor } from '../online-model.ts';
import type { Row } from '../row.ts';
import { ConformalIntervals, type Interval } from './conformal-intervals.ts';
import { DifficultyModel } from './difficulty-model.ts';
import { OnlineCombination } from './online-combination.ts';
import { joinStates, partOfState } from './part-arrays.ts';

/** A member under the name that its state is stored with. */
export interface RegressorMember {
  readonly name: string;
  readonly model: OnlineRegressor;
}

/** A prediction with the interval that holds the target as often as declared. */
export interface IntervalPrediction extends Interval {
  readonly value: number;
}

export interface RegressionEnsembleOptions {
  /** Share of targets that intervals are to hold, in (0, 1); 0.9 by default. */
  readonly coverage?: number;
}

/**
 * The default regressor: small models of different kinds, combined online by how well each has predicted lately ({@link OnlineCombination}), with intervals
 * from what the combination got wrong ({@link ConformalIntervals}). Every example is a test before it is a lesson.
 */
export class RegressionEnsemble implements OnlineRegressor {
  readonly #members: readonly RegressorMember[];
  readonly #combination: OnlineCombination;
  readonly #difficulty = new DifficultyModel(2);
  readonly #intervals: ConformalIntervals;
  readonly #predictions: Float64Array;
  readonly #signs = new Float64Array(2);

  /** @param members in a fixed order: the combination knows them by it */
  constructor(members: readonly RegressorMember[], options: RegressionEnsembleOptions = {}) {
    this.#members = members;
    this.#combination = new OnlineCombination(members.length);
    this.#intervals = new ConformalIntervals(options.coverage ?? 0.9);
    this.#predictions = new Float64Array(members.length);
  }

  predictOne(row: Row): number {
    return this.#combination.combine(this.#predictMembers(row));
  }

  /** The ends are infinite while nothing was learned. */
  predictIntervalOne(row: Row): IntervalPrediction {
    const value = this.predictOne(row);
    const difficulty = this.#difficulty.predict(this.#readSigns(value));
    return { value, ...this.#intervals.interval(value, difficulty) };
  }

  /** What each member alone would answer, for inspection. */
  predictByMember(row: Row): Readonly<Record<string, number>> {
    const predictions = this.#predictMembers(row);
    return Object.fromEntries(this.#members.map(({ name }, index) => [name, predictions[index]!]));
  }

  learnOne(row: Row, target: number, weight: number): void {
    if (weight === 0) return;
    const value = this.#combination.learn(this.#predictMembers(row), target, weight);
    const signs = this.#readSigns(value);
    const residual = target - value;
    this.#intervals.learn(residual, this.#difficulty.predict(signs));
    this.#difficulty.learn(signs, residual);
    for (const { model } of this.#members) model.learnOne(row, target, weight);
  }

  #predictMembers(row: Row): Float64Array {
    this.#members.forEach(({ model }, index) => (this.#predictions[index] = model.predictOne(row)));
    return this.#predictions;
  }

  /** Mean distance of the members from `value`, and how wrong the last values were. */
  #readSigns(value: number): Float64Array {
    let sum = 0;
    for (const prediction of this.#predictions) sum += Math.abs(prediction - value);
    this.#signs[0] = this.#predictions.length > 0 ? sum / this.#predictions.length : 0;
    this.#signs[1] = this.#difficulty.recent;
    return this.#signs;
  }

  state(): PartState {
    const members = this.#members.map(({ name, model }): [string, PartState] => [`member.${name}`, model.state()]);
    return joinStates({
      combination: this.#combination.state(),
      difficulty: this.#difficulty.state(),
      intervals: this.#intervals.state(),
      ...Object.fromEntries(members),
    });
  }

  restore(state: PartState): void {
    this.#combination.restore(partOfState(state, 'combination'));
    this.#difficulty.restore(partOfState(state, 'difficulty'));
    this.#intervals.restore(partOfState(state, 'intervals'));
    for (const { name, model } of this.#members) model.restore(partOfState(state, `member.${name}`));
  }
}
