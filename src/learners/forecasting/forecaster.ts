import type { PartState } from '../../core/part-state.ts';
import { TendrilError } from '../../errors.ts';
import { copyArrays, joinStates, partOfState, restoreArrays } from '../regression/part-arrays.ts';
import { RobustScale } from '../regression/robust-scale.ts';
import { ExogenousScaler } from './exogenous-scaler.ts';
import { ExponentialSmoothing } from './exponential-smoothing.ts';
import { forecastShape, type ForecasterOptions, type ForecastShape } from './forecast-options.ts';
import { HorizonFeatures, seasonalValue } from './horizon-features.ts';
import { HorizonModel, OWN_MEMBERS } from './horizon-model.ts';
import { IssuedForecasts } from './issued-forecasts.ts';
import { OutlierFilter } from './outlier-filter.ts';
import { MAX_TIME, SeriesHistory } from './series-history.ts';

export interface Observation {
  /** A whole number: times that follow each other differ by 1. */
  readonly time: number;
  /** null where it is not known, or not yet: it may come later under the same time. */
  readonly value: number | null;
  /** [exogenous] NaN where not known. */
  readonly exogenous?: ArrayLike<number>;
}

/** Exogenous numbers of the next times: `ahead[0]` belongs to the time after the newest. */
export type ExogenousAhead = readonly (ArrayLike<number> | undefined)[];

export interface ForecastStep {
  readonly time: number;
  readonly value: number;
  /** Infinite while nothing was learned. */
  readonly lower: number;
  readonly upper: number;
}

/** `learned`: its value was new. `advanced`: only its time was. `ignored`: it was known already, or is too old to be of use. */
export type ObservationResult = 'learned' | 'advanced' | 'ignored';

/** A value may come so many times later than the newest and still be learned for every horizon. */
const LATENESS = 24;

/** Differences between neighbours after which their size is known well enough to count in. */
const FIRST_DIFFERENCES = 3;

/** Predictions in units beyond this are cut. */
const LIMIT = 1e6;

/**
 * Forecasts one series for each of the next steps, learned online. Each horizon has its own model (the direct strategy); members are last value, seasonal
 * naive, the same moved to today's level, exponential smoothing with and without seasons, and two robust least squares on lags, seasons and exogenous
 * numbers; they are combined by the errors of the forecasts that were given. Values may come late, out of order, or never; each is learned once.
 */
export class Forecaster {
  readonly shape: ForecastShape;
  readonly #history: SeriesHistory;
  readonly #features: HorizonFeatures;
  readonly #issued: IssuedForecasts;
  readonly #models: readonly HorizonModel[];
  readonly #exogenous: ExogenousScaler;
  readonly #smoothings: readonly ExponentialSmoothing[];
  readonly #filter = new OutlierFilter();
  readonly #unit = new RobustScale(200);
  readonly #input: Float64Array;
  /** [exogenous] twice over: of the time that is forecast, of the origin; and the two one after the other. */
  readonly #outside: Float64Array;
  readonly #ahead: Float64Array;
  readonly #here: Float64Array;
  readonly #members: Float64Array;
  /** [exogenous] standardised numbers of the newest time. */
  readonly #now: Float64Array<ArrayBuffer>;

  /** @throws INVALID_CONFIG */
  constructor(options: ForecasterOptions) {
    const shape = (this.shape = forecastShape(options));
    const { horizon, lags, seasons, exogenous, coverage } = shape;
    const longest = Math.max(0, ...seasons);
    this.#history = new SeriesHistory(2 * horizon + LATENESS + lags + 2 * longest + 2);
    this.#features = new HorizonFeatures(shape);
    this.#smoothings = [
      new ExponentialSmoothing({ level: 0.5, trend: 0.05, seasonal: 0, damping: 0.9, season: 0 }),
      ...seasons.map(
        (season) => new ExponentialSmoothing({ level: 0.3, trend: 0, seasonal: 0.2, damping: 0.9, season }),
      ),
    ];
    const members = 1 + 2 * seasons.length + this.#smoothings.length + OWN_MEMBERS;
    this.#issued = new IssuedForecasts(horizon + LATENESS, horizon, members, exogenous);
    this.#models = Array.from(
      { length: horizon },
      (_, index) => new HorizonModel(index + 1, this.#features.size, members, coverage),
    );
    this.#exogenous = new ExogenousScaler(exogenous);
    this.#input = new Float64Array(this.#features.size);
    this.#outside = new Float64Array(2 * exogenous);
    this.#ahead = this.#outside.subarray(0, exogenous);
    this.#here = this.#outside.subarray(exogenous);
    this.#members = new Float64Array(members);
    this.#now = new Float64Array(exogenous);
  }

  /** Time of the newest observation; undefined before the first. */
  get newest(): number | undefined {
    return this.#history.empty ? undefined : this.#history.newest;
  }

  /**
   * Takes an observation. A new value is learned from for every horizon that it is the outcome of.
   * @param ahead exogenous numbers of the times after it, as far as known: with them a forecast is made now that is learned from later
   * @throws INVALID_DATA for a time or a value that is no such number
   */
  observe(observation: Observation, ahead: ExogenousAhead = []): ObservationResult {
    const { time, value } = observation;
    checkObservation(observation);
    const moves = this.newest === undefined || time > this.newest;
    if (moves) this.#history.advance(time);
    const isNew = value !== null && this.#history.reaches(time) && !this.#history.has(time);
    if (isNew) this.#learn(time, value, observation.exogenous, moves);
    if (moves) this.#issue(observation, ahead);
    return isNew ? 'learned' : moves ? 'advanced' : 'ignored';
  }

  #learn(time: number, value: number, exogenous: ArrayLike<number> | undefined, inOrder: boolean): void {
    this.#exogenous.standardise(exogenous, this.#ahead);
    for (let horizon = 1; horizon <= this.shape.horizon; horizon++) this.#learnHorizon(time, horizon, value);
    if (exogenous) this.#exogenous.learn(exogenous);
    if (inOrder) for (const smoothing of this.#smoothings) smoothing.learn(time, value);
    this.#remember(time, value);
  }

  #remember(time: number, value: number): void {
    const origin = this.#issued.origin(time - 1);
    const given = origin && this.#issued.take(time - 1, 1, this.#members);
    const expected = given ? origin.base + origin.unit * given.value : value;
    const before = this.#history.at(time - 1);
    const filtered = this.#filter.filter(time, value, expected, before, this.#unit.value);
    if (filtered.before !== undefined) this.#history.set(time - 1, filtered.before);
    if (!Number.isNaN(before)) this.#unit.update(filtered.value - (filtered.before ?? before));
    this.#history.set(time, filtered.value);
  }

  #learnHorizon(time: number, horizon: number, value: number): void {
    const origin = time - horizon;
    const known = this.#issued.origin(origin);
    if (!known) return;
    const { base, unit } = known;
    const model = this.#models[horizon - 1]!;
    const target = (value - base) / unit;
    const given = this.#issued.take(origin, horizon, this.#members);
    if (given) model.learnForecast(this.#members, given, target);
    this.#issued.exogenousOf(origin, this.#here);
    this.#features.write(this.#history, origin, horizon, base, unit, this.#outside, this.#input);
    model.learnFeatures(this.#input, target);
  }

  /** Keeps the forecasts that are made at `origin`, to be learned from when the values come. */
  #issue({ time: origin, exogenous }: Observation, ahead: ExogenousAhead): void {
    const base = this.#history.at(origin);
    this.#exogenous.standardise(exogenous, this.#here);
    this.#now.set(this.#here);
    if (Number.isNaN(base) || this.#unit.count < FIRST_DIFFERENCES || this.#unit.value === 0) return;
    const unit = this.#unit.value;
    this.#issued.begin(origin, base, unit, this.#here);
    for (let horizon = 1; horizon <= this.shape.horizon; horizon++) {
      if (this.shape.exogenous > 0 && !ahead[horizon - 1]) continue;
      const value = this.#predict(origin, horizon, base, unit, ahead[horizon - 1]);
      const model = this.#models[horizon - 1]!;
      const { recentError } = model;
      const difficulty = model.difficulty(this.#members, value);
      this.#issued.put(origin, horizon, this.#members, { value, difficulty, recentError });
    }
  }

  /** The combined value in units from `base`; leaves what each member says behind. */
  #predict(
    origin: number,
    horizon: number,
    base: number,
    unit: number,
    exogenous: ArrayLike<number> | undefined,
  ): number {
    const members = this.#members;
    let at = 0;
    const add = (value: number) => (members[at++] = Number.isFinite(value) ? (value - base) / unit : 0);
    add(base);
    for (const season of this.shape.seasons) {
      const seasonal = seasonalValue(this.#history, origin, horizon, season);
      const then = this.#history.at(origin - season * Math.ceil(horizon / season));
      add(seasonal);
      add(base + seasonal - then);
    }
    for (const smoothing of this.#smoothings) add(smoothing.forecast(origin, horizon));
    this.#exogenous.standardise(exogenous, this.#ahead);
    this.#here.set(this.#now);
    this.#features.write(this.#history, origin, horizon, base, unit, this.#outside, this.#input);
    const model = this.#models[horizon - 1]!;
    model.predictMembers(this.#input, members);
    for (let i = 0; i < members.length; i++) members[i] = Math.max(-LIMIT, Math.min(LIMIT, members[i]!));
    return model.combine(members);
  }

  /**
   * A forecast for each of the next steps after the newest time; none before the first value. Changes nothing.
   * @param ahead exogenous numbers of those times, as far as known
   */
  forecast(ahead: ExogenousAhead = []): ForecastStep[] {
    const origin = this.newest;
    if (origin === undefined) return [];
    const base = this.#history.at(origin);
    if (Number.isNaN(base)) return [];
    const unit = this.#unit.value || 1;
    return this.#models.map((model, index) => {
      const value = this.#predict(origin, index + 1, base, unit, ahead[index]);
      const { lower, upper } = model.interval(value, model.difficulty(this.#members, value));
      return {
        time: origin + index + 1,
        value: base + unit * value,
        lower: base + unit * lower,
        upper: base + unit * upper,
      };
    });
  }

  state(): PartState {
    const models = this.#models.map((model, index): [string, PartState] => [`horizon${index + 1}`, model.state()]);
    const smoothings = this.#smoothings.map((part, index): [string, PartState] => [`smoothing${index}`, part.state()]);
    return joinStates({
      history: this.#history.state(),
      issued: this.#issued.state(),
      exogenous: this.#exogenous.state(),
      unit: this.#unit.state(),
      filter: this.#filter.state(),
      now: copyArrays({ exogenous: this.#now }),
      ...Object.fromEntries([...smoothings, ...models]),
    });
  }

  /** Continues exactly where `state` was taken; the options must be the same. @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    this.#history.restore(partOfState(state, 'history'));
    this.#issued.restore(partOfState(state, 'issued'));
    this.#exogenous.restore(partOfState(state, 'exogenous'));
    this.#filter.restore(partOfState(state, 'filter'));
    restoreArrays({ exogenous: this.#now }, partOfState(state, 'now'));
    this.#unit.restore(partOfState(state, 'unit'));
    this.#smoothings.forEach((part, index) => part.restore(partOfState(state, `smoothing${index}`)));
    this.#models.forEach((model, index) => model.restore(partOfState(state, `horizon${index + 1}`)));
  }
}

function checkObservation({ time, value }: Observation): void {
  if (!Number.isInteger(time) || Math.abs(time) > MAX_TIME) throw invalid('a time must be a whole number');
  if (value !== null && !Number.isFinite(value)) throw invalid('a value must be finite, or null');
}

function invalid(reason: string): TendrilError {
  return new TendrilError('INVALID_DATA', { reason });
}
