/** A fixed set of bets, each a share of the capital, and how the capital is divided among them at the start; the weights add up to 1. */
export interface Bets {
  readonly sizes: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Bets from `largest` down, each half of the one before: one of them is within a factor 2 of the best for every mean from `largest` down to
 * the smallest. `decay` below 1 gives larger bets more of the capital: they decide early, while small ones have time to grow.
 */
export function halvingBets(largest: number, count: number, decay: number): Bets {
  const shares = Array.from({ length: count }, (_, index) => decay ** index);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return {
    sizes: shares.map((_, index) => largest * 2 ** -index),
    weights: shares.map((share) => share / total),
  };
}

const SMALLEST = 0.9 / 64;
const DECAY = 0.8;

/**
 * For values up to 1 that lie at most `depth` below what they are compared with: a loss of everything would end a bet of 1 / depth. The smallest is the best
 * one for about 20,000 values; more would only divide the capital. Smallest and decay were chosen by the time to a proof on six simulated pairs
 * of models.
 * @param depth above 0, at most 2
 * @param largest as a part of 1 / depth, below 1
 */
export function betsOfDepth(depth: number, largest: number): Bets {
  const halvings = Math.ceil(Math.log2(largest / (depth * SMALLEST)));
  return halvingBets(largest / depth, 1 + Math.max(0, halvings), DECAY);
}
