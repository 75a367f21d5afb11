import type { TokenView } from './text/text-tokens.ts';

/**
 * One input as numbers, in the three forms that models read. The full vector is `dense` followed by the hashed block; `raw` says the numeric
 * part again as the page gave it, for models that need no scaling.
 */
export interface Row {
  /** [numeric features + embedding values], as given; NaN where not known. */
  readonly raw: Float32Array;
  /** [denseSize]: for each numeric feature its standardised value, cut at ±5, and a missing indicator; then the embeddings. */
  readonly dense: Float32Array;
  /** [n] places in the hashed block, each below its size; a place may repeat, and then its values add up. */
  readonly indices: Int32Array;
  /** [n] signed values at `indices`. */
  readonly values: Float32Array;
  /** How many of the first entries of `indices` describe the context alone; absent where nobody counted. */
  readonly contextPlaces?: number;
  /** All discrete features and texts again, by their whole hashes, where a text is declared: words, word pairs, character n-grams. */
  readonly tokens?: TokenView;
}

/** Sizes of every {@link Row} of one task. */
export interface RowShape {
  readonly rawSize: number;
  readonly denseSize: number;
  readonly hashSize: number;
}
