import { corrupt } from '../../core/read-state.ts';
import type { ValueRange } from './drift-detector.ts';

/** An exponentially weighted mean and the sum of the squares of its weights; plain data. */
export interface WeightedSample {
  readonly isEmpty: boolean;
  readonly mean: number;
  /** Of the weights' squares, of which the bound of the mean depends. 1 while it is empty. */
  readonly squares: number;
}

export const EMPTY_SAMPLE: WeightedSample = { isEmpty: true, mean: 0, squares: 1 };

/** @param lambda weight of the newest value */
export function weightedWith(sample: WeightedSample, value: number, lambda: number): WeightedSample {
  const rest = 1 - lambda;
  const mean = sample.isEmpty ? value : lambda * value + rest * sample.mean;
  return { isEmpty: false, mean, squares: lambda * lambda + rest ** 2 * sample.squares };
}

export const SAMPLE_SIZE = 3;

export function sampleNumbers({ isEmpty, mean, squares }: WeightedSample): number[] {
  return [isEmpty ? 0 : 1, mean, squares];
}

/** @param at index of its first number @throws CHECKPOINT_CORRUPT */
export function readSample(numbers: Float64Array, at: number, { least, most }: ValueRange): WeightedSample {
  const [filled = NaN, mean = NaN, squares = NaN] = numbers.subarray(at, at + SAMPLE_SIZE);
  if (filled === 0) return EMPTY_SAMPLE;
  if (filled !== 1 || !(mean >= least && mean <= most) || !(squares > 0 && squares <= 1)) {
    throw corrupt('samples has a number out of range');
  }
  return { isEmpty: false, mean, squares };
}
