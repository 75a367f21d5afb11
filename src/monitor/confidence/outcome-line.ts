import type { OutcomeSums } from './outcome-bins.ts';
import type { OutcomeScale } from './outcome-scale.ts';

/** Before outcomes say otherwise, what the model says is believed: offset 0, factor 1, each with this precision. */
const PRIOR_PRECISION = [1, 4] as const;
const STEPS = 12;
const LEAST_SLOPE = 1e-6;

/** A symmetric 2 × 2 matrix: [a, b, c] for [[a, b], [b, c]]. */
type Matrix = readonly [number, number, number];

/** The line, in the scale's terms, that fits outcomes best over all bins: Platt scaling (1999) for shares, a straight line for nats. */
export class OutcomeLine {
  readonly #scale: OutcomeScale;
  /** Offset and factor. */
  readonly #parameters: readonly [number, number];
  readonly #covariance: Matrix;

  /** @param bins outcomes; the middle of what was said stands for all of a bin */
  constructor(scale: OutcomeScale, bins: readonly Readonly<OutcomeSums>[], all: Readonly<OutcomeSums>) {
    this.#scale = scale;
    const points = bins.filter(({ weight }) => weight > 0);
    const { parameters, information } = fit(scale, points);
    this.#parameters = parameters;
    const noise = scale.isUnbounded ? scale.variance(0, all, all) : 1;
    // Decayed outcomes know less than their weight says.
    const decayed = all.weight > 0 ? all.weightSquares / all.weight : 1;
    const [a, b, c] = inverse(information);
    this.#covariance = [a * noise * decayed, b * noise * decayed, c * noise * decayed];
  }

  at(said: number): number {
    return this.#scale.meanAt(this.#lineAt(said));
  }

  /** Change of {@link at} with offset and factor. */
  gradientAt(said: number): readonly [number, number] {
    const slope = this.#scale.slopeAt(this.#lineAt(said));
    return [slope, slope * this.#scale.termOf(said)];
  }

  /** Variance of a sum of {@link at}, given the sum of their gradients. */
  varianceAlong([x, y]: readonly [number, number]): number {
    const [a, b, c] = this.#covariance;
    return a * x * x + 2 * b * x * y + c * y * y;
  }

  #lineAt(said: number): number {
    const [offset, factor] = this.#parameters;
    return offset + factor * this.#scale.termOf(said);
  }
}

/** Fisher scoring. */
function fit(scale: OutcomeScale, points: readonly Readonly<OutcomeSums>[]) {
  let parameters: readonly [number, number] = [0, 1];
  let information: Matrix = [PRIOR_PRECISION[0], 0, PRIOR_PRECISION[1]];
  for (let step = 0; step < (scale.isUnbounded ? 1 : STEPS); step++) {
    let [a, b, c]: Matrix = [PRIOR_PRECISION[0], 0, PRIOR_PRECISION[1]];
    let [u, v] = [-PRIOR_PRECISION[0] * parameters[0], -PRIOR_PRECISION[1] * (parameters[1] - 1)];
    for (const { weight, x, y } of points) {
      const term = scale.termOf(x / weight);
      const line = parameters[0] + parameters[1] * term;
      const slope = Math.max(LEAST_SLOPE, scale.slopeAt(line));
      const residual = y - weight * scale.meanAt(line);
      [a, b, c] = [a + weight * slope, b + weight * slope * term, c + weight * slope * term * term];
      [u, v] = [u + residual, v + residual * term];
    }
    information = [a, b, c];
    const [p, q, r] = inverse(information);
    parameters = [parameters[0] + p * u + q * v, parameters[1] + q * u + r * v];
  }
  return { parameters, information };
}

function inverse([a, b, c]: Matrix): Matrix {
  const determinant = a * c - b * b;
  return [c / determinant, -b / determinant, a / determinant];
}
