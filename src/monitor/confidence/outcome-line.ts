import { fitLine, inverse, type LineParameters, type Symmetric } from './line-fit.ts';
import type { OutcomeSums } from './outcome-bins.ts';
import type { OutcomeScale } from './outcome-scale.ts';

/** The line, in the scale's terms, that fits outcomes best over all bins: Platt scaling (1999) for shares, a straight line for nats. */
export class OutcomeLine {
  readonly #scale: OutcomeScale;
  readonly #parameters: LineParameters;
  readonly #covariance: Symmetric;

  /** @param bins outcomes; the middle of what was said stands for all of a bin */
  constructor(scale: OutcomeScale, bins: readonly Readonly<OutcomeSums>[], all: Readonly<OutcomeSums>) {
    this.#scale = scale;
    const used = bins.filter(({ weight }) => weight > 0);
    const { parameters, information } = fitLine(scale, used);
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
