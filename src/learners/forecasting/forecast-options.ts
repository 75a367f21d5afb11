import { TendrilError } from '../../errors.ts';

export interface ForecasterOptions {
  /** Steps ahead that are forecast: 1 … horizon, at most {@link MAX_HORIZON}. */
  readonly horizon: number;
  /** Last values that a forecast reads; 6 by default. */
  readonly lags?: number;
  /** Steps of one season, or of several, e.g. [48, 336] for half hours with days and weeks. */
  readonly season?: number | readonly number[];
  /** Numbers that are known for each time, and ahead for the times that are forecast. */
  readonly exogenous?: number;
  /** Share of values that intervals are to hold, in (0, 1); 0.9 by default. */
  readonly coverage?: number;
}

/** With more, a state would pass one megabyte. */
export const MAX_HORIZON = 64;
export const MAX_LAGS = 24;
export const MAX_SEASON = 4096;
export const MAX_SEASONS = 2;
export const MAX_EXOGENOUS = 16;

export interface ForecastShape {
  readonly horizon: number;
  readonly lags: number;
  readonly seasons: readonly number[];
  readonly exogenous: number;
  readonly coverage: number;
}

/** @throws INVALID_CONFIG */
export function forecastShape(options: ForecasterOptions): ForecastShape {
  const { horizon, lags = 6, season = [], exogenous = 0, coverage = 0.9 } = options;
  const seasons = typeof season === 'number' ? [season] : [...season];
  requireWhole('horizon', horizon, 1, MAX_HORIZON);
  requireWhole('lags', lags, 1, MAX_LAGS);
  requireWhole('number of seasons', seasons.length, 0, MAX_SEASONS);
  for (const length of seasons) requireWhole('season', length, 2, MAX_SEASON);
  requireWhole('exogenous', exogenous, 0, MAX_EXOGENOUS);
  if (!(coverage > 0 && coverage < 1)) throw invalid('coverage must lie between 0 and 1');
  return { horizon, lags, seasons, exogenous, coverage };
}

function requireWhole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalid(`${name} must be a whole number from ${min} to ${max}`);
  }
}

function invalid(reason: string): TendrilError {
  return new TendrilError('INVALID_CONFIG', { reason });
}
