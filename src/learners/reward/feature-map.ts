import type { Row, RowShape } from '../row.ts';
import { PLACES_OF_TOKEN } from './token-places.ts';

/**
 * Features that a Bayesian linear head reads beside, or instead of, the row itself: the activations of the last hidden layer of a network
 * ("neural linear", Riquelme et al. 2018, arXiv 1802.09127), or any other fixed-size vector. They should have about unit length together.
 */
export interface HiddenFeatures {
  readonly size: number;
  /** Writes [size] values into `out`. */
  write(row: Row, out: Float32Array): void;
}

/** Scales that give the dense and the hashed part of an ordinary row about unit length each, so that one prior fits every schema. */
export interface RowScales {
  readonly dense: number;
}

/** Standardised numbers have unit variance each; embeddings come as they are. Every number also has an indicator, which `raw` has not. */
export function rowScales({ rawSize, denseSize }: RowShape): RowScales {
  return { dense: 1 / Math.sqrt(Math.max(1, denseSize - rawSize)) };
}

/**
 * Scale of the hashed part of a row: its length becomes the fourth root of the number of its tokens. With unit length a rare token among many could not
 * overrule the others under any prior that fits; unscaled, long rows would start with wild scores.
 */
export function hashedScale({ values }: Row): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return squares === 0 ? 0 : (values.length / PLACES_OF_TOKEN) ** 0.25 / Math.sqrt(squares);
}
