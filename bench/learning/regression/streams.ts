import type { Rng } from '../../../src/core/rng.ts';

export interface RegressionRow {
  /** null where not known. */
  readonly inputs: readonly (number | null)[];
  readonly target: number;
}

/** A seeded stream of inputs and targets; changes lie at fixed shares of `count`. */
export type RegressionStream = (count: number, rng: Rng) => Generator<RegressionRow>;

const uniform = (count: number, rng: Rng) => Array.from({ length: count }, () => rng.nextFloat());

/**
 * Friedman's first function (Friedman 1991, doi 10.1214/aos/1176347963) with a concept that gives way to another in the middle third and comes back: the
 * global recurring abrupt drift of River's FriedmanDrift. Ten inputs, noise of deviation 1; 3 % of the inputs are missing.
 */
export function* friedmanDrift(count: number, rng: Rng): Generator<RegressionRow> {
  for (let row = 0; row < count; row++) {
    const x = uniform(10, rng) as [number, number, number, number, number, number, ...number[]];
    const middle = row >= count / 3 && row < (2 * count) / 3;
    const [a, b, c, d, e, f] = x;
    const signal = middle
      ? 10 * Math.sin(Math.PI * d * f) + 20 * (b - 0.5) ** 2 + 10 * a + 5 * c
      : 10 * Math.sin(Math.PI * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e;
    yield { inputs: x.map((value) => (rng.nextFloat() < 0.03 ? null : value)), target: signal + rng.nextGaussian() };
  }
}

/** Linear in eight inputs of very unlike units, whose weights wander; every tenth target is wild; three inputs are there only from the second half on. */
export function* wanderingLinear(count: number, rng: Rng): Generator<RegressionRow> {
  const units = Array.from({ length: 8 }, (_, index) => 10 ** (index - 3));
  const weights = units.map(() => rng.nextGaussian());
  for (let row = 0; row < count; row++) {
    const x = units.map(() => rng.nextGaussian());
    const known = row < count / 2 ? 5 : 8;
    const signal = x.reduce((sum, value, index) => sum + (index < known ? value * weights[index]! : 0), 0);
    const noise = rng.nextFloat() < 0.1 ? 50 * rng.nextGaussian() : 0.3 * rng.nextGaussian();
    yield {
      inputs: x.map((value, index) => (index < known ? value * units[index]! : null)),
      target: 1000 + 25 * (signal + noise),
    };
    weights.forEach((weight, index) => (weights[index] = 0.9999 * weight + 0.01 * rng.nextGaussian()));
  }
}

/** Three regimes, each a linear and a squared part, that take turns and come back; targets follow each other (errors with memory 0.7). */
export function* switchingRegimes(count: number, rng: Rng): Generator<RegressionRow> {
  const size = 6;
  const regimes = Array.from({ length: 3 }, () =>
    Array.from({ length: 2 }, () => Array.from({ length: size }, () => rng.nextGaussian())),
  );
  let [regime, left, error] = [0, 0, 0];
  for (let row = 0; row < count; row++) {
    if (left-- <= 0) [regime, left] = [rng.nextInt(3), 300 + rng.nextInt(600)];
    const [linear, squared] = regimes[regime] as [number[], number[]];
    const x = Array.from({ length: size }, () => rng.nextGaussian());
    error = 0.7 * error + 0.5 * rng.nextGaussian();
    const signal = x.reduce((sum, value, i) => sum + linear[i]! * value + 0.5 * squared[i]! * value * value, 0);
    yield { inputs: x, target: 0.001 * (signal + 3 * regime + error) };
  }
}
