import type { PartState } from '../../core/part-state.ts';
import { joinStates, partOfState } from './part-arrays.ts';
import { RecursiveLeastSquares } from './recursive-least-squares.ts';
import { RobustScale } from './robust-scale.ts';

/** A difficulty lies within these factors of the running scale. */
const [LEAST, MOST] = [0.2, 5];

const FORGETTING = 0.998;

/**
 * How large the next residual is likely to be, in the target's unit, learned online from signs of it (the members' disagreement, the last residuals, …) by
 * least squares on residuals' sizes: what intervals are scaled by.
 */
export class DifficultyModel {
  readonly #solver: RecursiveLeastSquares;
  readonly #slow = new RobustScale(100);
  readonly #fast = new RobustScale(15);
  readonly #input: Float64Array;

  /** @param signs how many */
  constructor(signs: number) {
    const start = new Float64Array(signs + 1);
    start[0] = 1;
    this.#solver = new RecursiveLeastSquares(signs + 1, { forgetting: FORGETTING, ridge: 20, start });
    this.#input = new Float64Array(signs + 1);
  }

  /** Median size of the last few residuals: a sign that callers may use. */
  get recent(): number {
    return this.#fast.value;
  }

  /** @param signs ≥ 0, in the target's unit @returns > 0 */
  predict(signs: Float64Array): number {
    const slow = this.#slow.value;
    if (slow === 0) return 1;
    this.#read(signs, slow);
    return slow * Math.max(LEAST, Math.min(MOST, this.#solver.predict(this.#input)));
  }

  #read(signs: Float64Array, slow: number): void {
    this.#input[0] = 1;
    for (let i = 0; i < signs.length; i++) this.#input[i + 1] = Math.min(MOST, signs[i]! / slow);
  }

  /** @param signs as they were when the prediction was made */
  learn(signs: Float64Array, residual: number): void {
    const slow = this.#slow.value;
    if (slow > 0) {
      this.#read(signs, slow);
      this.#solver.learn(this.#input, Math.min(MOST, Math.abs(residual) / slow), 1);
    }
    this.#slow.update(residual);
    this.#fast.update(residual);
  }

  state(): PartState {
    return joinStates({ solver: this.#solver.state(), slow: this.#slow.state(), fast: this.#fast.state() });
  }

  restore(state: PartState): void {
    this.#solver.restore(partOfState(state, 'solver'));
    this.#slow.restore(partOfState(state, 'slow'));
    this.#fast.restore(partOfState(state, 'fast'));
  }
}
