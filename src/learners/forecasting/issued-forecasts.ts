import type { PartState } from '../../core/part-state.ts';
import { checkWhole, copyArrays, restoreArrays } from '../regression/part-arrays.ts';
import { MAX_TIME } from './series-history.ts';

/** What was made of the members' predictions for one time, in units from the base. */
export interface GivenForecast {
  readonly value: number;
  readonly difficulty: number;
  /** Median size of the residuals that were known last. */
  readonly recentError: number;
}

/** What was forecast from the last origins, kept until the values come: each is learned from as it was given, not as it would be given later. */
export class IssuedForecasts {
  readonly rows: number;
  readonly #horizon: number;
  readonly #members: number;
  /** [rows, 4]: origin, 1 where there is one, base, unit */
  readonly #origins: Float64Array<ArrayBuffer>;
  /** [rows, horizon, members], in units from the base */
  readonly #predictions: Float32Array<ArrayBuffer>;
  /** [rows, horizon, 3]: {@link GivenForecast}; and whether there is one. */
  readonly #combined: Float32Array<ArrayBuffer>;
  readonly #given: Uint8Array<ArrayBuffer>;
  /** [rows, exogenous] standardised numbers of the origin. */
  readonly #exogenous: Float32Array<ArrayBuffer>;

  constructor(rows: number, horizon: number, members: number, exogenous: number) {
    this.rows = rows;
    this.#horizon = horizon;
    this.#members = members;
    this.#origins = new Float64Array(rows * 4);
    this.#predictions = new Float32Array(rows * horizon * members);
    this.#combined = new Float32Array(rows * horizon * 3);
    this.#given = new Uint8Array(rows * horizon);
    this.#exogenous = new Float32Array(rows * exogenous);
  }

  /** Starts a row for `origin`, in place of the oldest. */
  begin(origin: number, base: number, unit: number, exogenous: Float64Array): void {
    const row = this.#row(origin);
    this.#exogenous.set(exogenous, row * exogenous.length);
    this.#origins.set([origin, 1, base, unit], row * 4);
    this.#given.fill(0, row * this.#horizon, (row + 1) * this.#horizon);
  }

  /** Base and unit of `origin`, if it still is known. */
  origin(origin: number): { readonly base: number; readonly unit: number } | undefined {
    const at = this.#row(origin) * 4;
    if (this.#origins[at + 1] !== 1 || this.#origins[at] !== origin) return undefined;
    return { base: this.#origins[at + 2]!, unit: this.#origins[at + 3]! };
  }

  /** The numbers that `begin` was given. @param out [exogenous] */
  exogenousOf(origin: number, out: Float64Array): void {
    const row = this.#row(origin);
    out.set(this.#exogenous.subarray(row * out.length, (row + 1) * out.length));
  }

  put(origin: number, horizon: number, members: Float64Array, given: GivenForecast): void {
    const place = this.#row(origin) * this.#horizon + horizon - 1;
    this.#predictions.set(members, place * this.#members);
    this.#combined.set([given.value, given.difficulty, given.recentError], 3 * place);
    this.#given[place] = 1;
  }

  /** Copies what the members said into `members`. @returns undefined where nothing was given */
  take(origin: number, horizon: number, members: Float64Array): GivenForecast | undefined {
    const place = this.#row(origin) * this.#horizon + horizon - 1;
    if (this.#given[place] !== 1) return undefined;
    members.set(this.#predictions.subarray(place * this.#members, (place + 1) * this.#members));
    const combined = this.#combined;
    const [value, difficulty, recentError] = [combined[3 * place]!, combined[3 * place + 1]!, combined[3 * place + 2]!];
    return { value, difficulty, recentError };
  }

  #row(origin: number): number {
    const rest = origin % this.rows;
    return rest < 0 ? rest + this.rows : rest;
  }

  #arrays() {
    return {
      origins: this.#origins,
      predictions: this.#predictions,
      combined: this.#combined,
      given: this.#given,
      exogenous: this.#exogenous,
    };
  }

  state(): PartState {
    return copyArrays(this.#arrays());
  }

  restore(state: PartState): void {
    for (let row = 0; row < this.rows; row++) {
      checkWhole('origin', state.tensors.origins?.[4 * row], -MAX_TIME, MAX_TIME);
      checkWhole('begun', state.tensors.origins?.[4 * row + 1], 0, 1);
    }
    restoreArrays(this.#arrays(), state);
  }
}
