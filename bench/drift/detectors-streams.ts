import type { Rng } from '../../src/core/rng.ts';

/** Draws one value in [0, 1] whose mean is about `level`. */
export type Draw = (rng: Rng, level: number) => number;

/** An error or none. */
export const bernoulli: Draw = (rng, level) => (rng.nextFloat() < level ? 1 : 0);

/** Spread evenly, 0.1 to either side. */
export const narrow: Draw = (rng, level) => level + 0.2 * (rng.nextFloat() - 0.5);

/** Many small ones and few large: exponential, cut off at 1. */
export const skewed: Draw = (rng, level) => Math.min(1, -level * Math.log(1 - rng.nextFloat()));

/** A longer tail than {@link skewed}: log-normal, its logarithm with a deviation of 1, cut off at 1. */
export const longTailed: Draw = (rng, level) => Math.min(1, level * Math.exp(rng.nextGaussian() - 0.5));

/** No error but small losses up to 0.1, or an error; `level` is the rate of errors. */
export const rareErrors: Draw = (rng, level) => (rng.nextFloat() < level ? 1 : 0.1 * rng.nextFloat());

/** Nothing, half or all, as 1 − rewards are: half as often all as half. */
export const steps: Draw = (rng, level) => {
  const uniform = rng.nextFloat();
  if (uniform < level / 2) return 1;
  return uniform < 1.5 * level ? 0.5 : 0;
};

/** Log loss of a classifier that knows its own chances, a fifth of it, cut off at 1; `level` is its mean chance of being wrong. */
export const logLoss: Draw = (rng, level) => {
  const wrong = 2 * level * rng.nextFloat();
  const chance = rng.nextFloat() < wrong ? wrong : 1 - wrong;
  return Math.min(1, -Math.log(Math.max(1e-12, chance)) / 5);
};
