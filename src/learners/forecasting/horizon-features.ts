import type { ForecastShape } from './forecast-options.ts';
import type { SeriesHistory } from './series-history.ts';

/** Read for each season: the last value of the season's slot, its neighbours, the one a season before, and where the series was a season ago. */
const SEASON_VALUES = 5;
const HARMONICS = 2;
const CONSTANT = 1;

/** Differences are cut at so many units. */
const LIMIT = 50;

/**
 * What a linear model reads to forecast the value at `origin + horizon` less the value at `origin`: [constant, differences back over the lags, for each
 * season values of its slot and harmonics of the time, exogenous numbers], all but the last two as differences to the value at the origin, in units.
 */
export class HorizonFeatures {
  readonly size: number;
  readonly #shape: ForecastShape;

  constructor(shape: ForecastShape) {
    this.#shape = shape;
    this.size =
      CONSTANT + shape.lags - 1 + shape.seasons.length * (SEASON_VALUES + 2 * HARMONICS) + 2 * shape.exogenous;
  }

  /**
   * @param base the value at the origin @param unit > 0, in which differences are counted
   * @param exogenous [2 × exogenous] standardised numbers of the time that is forecast, then of the origin @param out [size]
   */
  write(
    history: SeriesHistory,
    origin: number,
    horizon: number,
    base: number,
    unit: number,
    exogenous: Float64Array,
    out: Float64Array,
  ): void {
    let at = 0;
    const add = (time: number) => {
      const difference = (history.at(time) - base) / unit;
      out[at++] = Number.isNaN(difference) ? 0 : Math.max(-LIMIT, Math.min(LIMIT, difference));
    };
    out[at++] = 1;
    for (let lag = 1; lag < this.#shape.lags; lag++) add(origin - lag);
    const target = origin + horizon;
    for (const season of this.#shape.seasons) {
      const back = season * Math.ceil(horizon / season);
      for (const time of [target - back, target - back - 1, target - back + 1, target - back - season, origin - back]) {
        add(Math.min(time, origin));
      }
      for (let harmonic = 1; harmonic <= HARMONICS; harmonic++) {
        const angle = (2 * Math.PI * harmonic * (target % season)) / season;
        out[at++] = Math.sin(angle);
        out[at++] = Math.cos(angle);
      }
    }
    out.set(exogenous, at);
  }
}

/** The value that the last season had in the place of `origin + horizon`; NaN where not known. */
export function seasonalValue(history: SeriesHistory, origin: number, horizon: number, season: number): number {
  return history.at(origin + horizon - season * Math.ceil(horizon / season));
}
