import type { PartState } from '../../core/part-state.ts';
import type { Row, RowShape } from '../row.ts';
import { CompactInput } from './compact-input.ts';
import { copyArrays, joinStates, partOfState, restoreArrays } from './part-arrays.ts';
import { TargetScaler } from './target-scaler.ts';

/** Last target, the one before, a fading mean of about ten, and by how much the model was wrong last. */
const LAGS = 4;
const MEAN_MEMORY = 10;

/** In mean absolute deviations. */
const LIMIT = 10;

/** Of the input that is always there: large, so that a ridge hardly holds the level back. */
const CONSTANT = 10;

/**
 * What a model of bounded width reads: [constant, row in bounded form, and, where `lagged`, the targets learned last], as an autoregressive model with
 * exogenous inputs does.
 */
export class ModelInput {
  readonly size: number;
  /** Places of `values` that can vary: without the constant and without the indicators of what is missing. */
  readonly places: readonly number[];
  /** [size], valid until the next call of `read`. */
  readonly values: Float64Array;
  readonly #compact: CompactInput;
  readonly #target = new TargetScaler();
  readonly #lagged: boolean;
  readonly #arrays = { lags: new Float64Array(LAGS) };

  constructor(shape: RowShape, lagged: boolean) {
    this.#compact = new CompactInput(shape);
    this.#lagged = lagged;
    this.size = 1 + this.#compact.size + (lagged ? LAGS : 0);
    const lags = lagged ? Array.from({ length: LAGS }, (_, lag) => 1 + this.#compact.size + lag) : [];
    this.places = [...this.#compact.valuePlaces.map((place) => 1 + place), ...lags];
    this.values = new Float64Array(this.size);
    this.values[0] = CONSTANT;
  }

  /** The first target, against which models count; 0 before it. */
  get offset(): number {
    return this.#target.first;
  }

  read(row: Row): Float64Array {
    this.#compact.write(row, this.values, 1);
    if (this.#lagged) this.values.set(this.#arrays.lags, 1 + this.#compact.size);
    return this.values;
  }

  /** Says the first target before it is learned. */
  begin(target: number): void {
    this.#target.begin(target);
  }

  /** @param residual what the model had left of `target` */
  learn(target: number, residual: number, weight: number): void {
    this.#target.update(target, weight);
    const { lags } = this.#arrays;
    const now = limited(this.#target.standardise(target));
    lags[1] = lags[0]!;
    lags[0] = now;
    lags[2]! += (now - lags[2]!) / MEAN_MEMORY;
    lags[3] = limited(residual / this.#target.scale);
  }

  state(): PartState {
    return joinStates({ own: copyArrays(this.#arrays), target: this.#target.state() });
  }

  restore(state: PartState): void {
    this.#target.restore(partOfState(state, 'target'));
    restoreArrays(this.#arrays, partOfState(state, 'own'));
  }
}

function limited(value: number): number {
  return Math.max(-LIMIT, Math.min(LIMIT, value));
}
