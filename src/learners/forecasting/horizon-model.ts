import type { PartState } from '../../core/part-state.ts';
import { ConformalIntervals, type Interval } from '../regression/conformal-intervals.ts';
import { DifficultyModel } from '../regression/difficulty-model.ts';
import { OnlineCombination } from '../regression/online-combination.ts';
import type { GivenForecast } from './issued-forecasts.ts';
import { joinStates, partOfState } from '../regression/part-arrays.ts';
import { RecursiveLeastSquares } from '../regression/recursive-least-squares.ts';

/** What the two least squares forget with each value: one settles, one follows. */
const FORGETTING = [0.9995, 0.99];

/** Members that the model adds to those it is given. */
export const OWN_MEMBERS = FORGETTING.length;

const WINDOW = 400;

/** Errors of forecasts h steps ahead last about h steps and are heard of h steps later: patience grows with h, by one each so many steps. */
const COMBINING_STEPS = 3;
const LEVEL_STEPS = 2;

/** Everything that belongs to one horizon: least squares on its features, how members are combined there, and how wide its intervals are. */
export class HorizonModel {
  readonly #solvers: readonly RecursiveLeastSquares[];
  readonly #combination: OnlineCombination;
  readonly #difficulty = new DifficultyModel(2);
  readonly #intervals: ConformalIntervals;
  readonly #horizon: number;
  readonly #signs = new Float64Array(2);

  constructor(horizon: number, features: number, members: number, coverage: number) {
    const patience = 1 + (horizon - 1) / COMBINING_STEPS;
    this.#horizon = horizon;
    this.#solvers = FORGETTING.map(
      (forgetting) =>
        new RecursiveLeastSquares(features, { forgetting: Math.max(forgetting ** (1 / patience), FORGETTING[0]!) }),
    );
    this.#combination = new OnlineCombination(members, patience);
    this.#intervals = new ConformalIntervals(coverage, WINDOW, 1 + (horizon - 1) / LEVEL_STEPS);
  }

  /** Writes the least squares' predictions into the last places of `members`, all in units from the base. */
  predictMembers(features: Float64Array, members: Float64Array): void {
    const start = members.length - this.#solvers.length;
    this.#solvers.forEach((solver, index) => (members[start + index] = solver.predict(features)));
  }

  combine(members: Float64Array): number {
    return this.#combination.combine(members);
  }

  /** Median size of the last few residuals that are known. */
  get recentError(): number {
    return this.#difficulty.recent;
  }

  /** How uncertain a combined `value` of `members` is. @param recentError as it was when they were made */
  difficulty(members: Float64Array, value: number, recentError = this.recentError): number {
    return this.#difficulty.predict(this.#readSigns(members, value, recentError));
  }

  interval(value: number, difficulty: number): Interval {
    return this.#intervals.interval(value, difficulty);
  }

  learnFeatures(features: Float64Array, target: number): void {
    for (const solver of this.#solvers) solver.learn(features, target, 1);
  }

  /** Learns from a forecast that was given: its members and what was made of them. */
  learnForecast(members: Float64Array, { value, difficulty, recentError }: GivenForecast, target: number): void {
    this.#intervals.learn(target - value, difficulty, this.#horizon - 1);
    this.#difficulty.learn(this.#readSigns(members, value, recentError), target - value);
    this.#combination.learn(members, target, 1);
  }

  /** Mean distance of the members from `value`, and the recent error. */
  #readSigns(members: Float64Array, value: number, recentError: number): Float64Array {
    let sum = 0;
    for (const member of members) sum += Math.abs(member - value);
    this.#signs[0] = sum / members.length;
    this.#signs[1] = recentError;
    return this.#signs;
  }

  state(): PartState {
    const solvers = this.#solvers.map((solver, index): [string, PartState] => [`solver${index}`, solver.state()]);
    return joinStates({
      combination: this.#combination.state(),
      difficulty: this.#difficulty.state(),
      intervals: this.#intervals.state(),
      ...Object.fromEntries(solvers),
    });
  }

  restore(state: PartState): void {
    this.#combination.restore(partOfState(state, 'combination'));
    this.#difficulty.restore(partOfState(state, 'difficulty'));
    this.#intervals.restore(partOfState(state, 'intervals'));
    this.#solvers.forEach((solver, index) => solver.restore(partOfState(state, `solver${index}`)));
  }
}
