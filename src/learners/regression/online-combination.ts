import type { PartState } from '../../core/part-state.ts';
import { ErrorWeights } from './error-weights.ts';
import { joinStates, partOfState } from './part-arrays.ts';
import { RecursiveLeastSquares } from './recursive-least-squares.ts';
import { RobustScale } from './robust-scale.ts';

/** Examples that members' errors are remembered over, and how steeply a worse one loses weight. */
const MEMBER_MEMORY = 50;
const MEMBER_POWER = 8;

/** Stacked combinations: what each forgets an example, and the examples' worth by which it keeps to the weighted mean. */
const STACKS = [
  { forgetting: 0.999, ridge: 10 },
  { forgetting: 0.995, ridge: 10 },
  { forgetting: 0.98, ridge: 30 },
];
/** The last step picks rather than mixes. */
const FINAL_POWER = 16;

/**
 * Several predictions of one number combined online, without a setting of the task: a mean weighted by inverse recent error (Bates and Granger 1969), and
 * robust least squares of what the members say beside that mean (stacking: Wolpert 1992; coefficients add up to one) with three memories; these four are
 * weighted by recent error again. Free of the target's unit; never outside the range of the members.
 */
export class OnlineCombination {
  readonly #members: ErrorWeights;
  readonly #stacks: readonly RecursiveLeastSquares[];
  readonly #final: ErrorWeights;
  readonly #scale = new RobustScale(30);
  readonly #candidates: Float64Array;
  readonly #differences: Float64Array;

  /**
   * @param size members
   * @param patience by how much to remember longer than for errors that are independent of each other; those of forecasts many steps ahead are not
   */
  constructor(size: number, patience = 1) {
    this.#members = new ErrorWeights(size, MEMBER_MEMORY * patience, MEMBER_POWER);
    this.#stacks = STACKS.map(
      ({ forgetting, ridge }) =>
        new RecursiveLeastSquares(size, {
          forgetting: forgetting ** (1 / patience),
          ridge: ridge * patience,
          huber: 3,
        }),
    );
    this.#final = new ErrorWeights(STACKS.length + 1, MEMBER_MEMORY * patience, FINAL_POWER);
    this.#candidates = new Float64Array(STACKS.length + 1);
    this.#differences = new Float64Array(size);
  }

  /** @param predictions [members]; their mean while nothing was learned */
  combine(predictions: Float64Array): number {
    this.#compute(predictions);
    return this.#final.mean(this.#candidates);
  }

  /** @returns what `combine` said before. @param weight ≥ 0 */
  learn(predictions: Float64Array, target: number, weight: number): number {
    const combined = this.combine(predictions);
    if (weight === 0) return combined;
    const unit = this.#unit();
    const centre = this.#candidates[0]!;
    this.#final.learn(this.#candidates, target, weight, this.#scale);
    for (const stack of this.#stacks) stack.learn(this.#differences, (target - centre) / unit, weight);
    this.#members.learn(predictions, target, weight, this.#scale);
    this.#scale.update(target - combined, weight);
    return combined;
  }

  #unit(): number {
    return this.#scale.value || 1;
  }

  /** The candidates: the weighted mean, then the stacks. */
  #compute(predictions: Float64Array): void {
    const unit = this.#unit();
    const centre = this.#members.mean(predictions);
    let [low, high] = [Infinity, -Infinity];
    for (let i = 0; i < predictions.length; i++) {
      const prediction = predictions[i]!;
      this.#differences[i] = (prediction - centre) / unit;
      low = Math.min(low, prediction);
      high = Math.max(high, prediction);
    }
    this.#candidates[0] = centre;
    this.#stacks.forEach((stack, index) => {
      const stacked = centre + unit * stack.predict(this.#differences);
      this.#candidates[index + 1] = Math.max(low, Math.min(high, stacked));
    });
  }

  state(): PartState {
    const stacks = this.#stacks.map((stack, index): [string, PartState] => [`stack${index}`, stack.state()]);
    return joinStates({
      members: this.#members.state(),
      final: this.#final.state(),
      scale: this.#scale.state(),
      ...Object.fromEntries(stacks),
    });
  }

  restore(state: PartState): void {
    this.#members.restore(partOfState(state, 'members'));
    this.#final.restore(partOfState(state, 'final'));
    this.#scale.restore(partOfState(state, 'scale'));
    this.#stacks.forEach((stack, index) => stack.restore(partOfState(state, `stack${index}`)));
  }
}
