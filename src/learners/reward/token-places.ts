import type { PartState } from '../../core/part-state.ts';
import { readTensor, requireState } from './part-reader.ts';
import type { Row } from '../row.ts';

/** Two places make one name for a token: see FeatureEncoder. */
export const PLACES_OF_TOKEN = 2;

/**
 * Which place of a model's own each token has, in the order in which they are met. A token is named by both of its hashed places together, so that
 * tokens which share one of them are told apart: of a block of 512 places there are 262,144 such names, twice that with the signs.
 */
export class TokenPlaces {
  readonly #hashSize: number;
  readonly #first: number;
  #places = new Map<number, number>();

  /** @param first place to give */
  constructor(hashSize: number, first: number) {
    this.#hashSize = hashSize;
    this.#first = first;
  }

  /** @param at of the token's first entry in the row, an even number @returns undefined for a token without a place */
  get(row: Row, at: number): number | undefined {
    return this.#places.get(this.#key(row, at));
  }

  set(row: Row, at: number, place: number): void {
    this.#places.set(this.#key(row, at), place);
  }

  #key({ indices, values }: Row, at: number): number {
    const signs = values[at]! < 0 === values[at + 1]! < 0 ? 0 : 1;
    return (indices[at]! * this.#hashSize + indices[at + 1]!) * 2 + signs;
  }

  state(): PartState {
    return { tensors: { tokens: Float64Array.from(this.#places.keys()) }, values: {} };
  }

  /** @param count of tokens that have a place @throws CHECKPOINT_CORRUPT */
  restore(state: PartState, count: number): void {
    const tokens = readTensor(state, 'tokens', new Float64Array(count));
    const places = new Map(Array.from(tokens, (key, index) => [key, this.#first + index]));
    const names = 2 * this.#hashSize ** 2;
    requireState(
      places.size === count && tokens.every((key) => Number.isInteger(key) && key >= 0 && key < names),
      'names of tokens',
    );
    this.#places = places;
  }
}
