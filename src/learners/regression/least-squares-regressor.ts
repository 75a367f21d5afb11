import type { PartState } from '../../core/part-state.ts';
import type { OnlineRegressor } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { ModelInput } from './model-input.ts';
import { joinStates, partOfState } from './part-arrays.ts';
import { RecursiveLeastSquares, type LeastSquaresOptions } from './recursive-least-squares.ts';

export interface LeastSquaresRegressorOptions extends LeastSquaresOptions {
  /** Also reads the targets learned last; see {@link ModelInput}. */
  readonly lagged?: boolean;
}

/** Robust {@link RecursiveLeastSquares} on a row in bounded form. */
export class LeastSquaresRegressor implements OnlineRegressor {
  readonly #input: ModelInput;
  readonly #solver: RecursiveLeastSquares;

  constructor(shape: RowShape, options: LeastSquaresRegressorOptions) {
    this.#input = new ModelInput(shape, options.lagged ?? false);
    this.#solver = new RecursiveLeastSquares(this.#input.size, options);
  }

  predictOne(row: Row): number {
    return this.#input.offset + this.#solver.predict(this.#input.read(row));
  }

  learnOne(row: Row, target: number, weight: number): void {
    if (weight === 0) return;
    this.#input.begin(target);
    const values = this.#input.read(row);
    const shifted = target - this.#input.offset;
    const residual = shifted - this.#solver.predict(values);
    this.#solver.learn(values, shifted, weight);
    this.#input.learn(target, residual, weight);
  }

  state(): PartState {
    return joinStates({ input: this.#input.state(), solver: this.#solver.state() });
  }

  restore(state: PartState): void {
    this.#solver.restore(partOfState(state, 'solver'));
    this.#input.restore(partOfState(state, 'input'));
  }
}
