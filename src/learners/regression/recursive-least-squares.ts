import type { PartState } from '../../core/part-state.ts';
import { corrupt } from '../../core/read-state.ts';
import { copyArrays, joinStates, partOfState, restoreArrays } from './part-arrays.ts';
import { RobustScale } from './robust-scale.ts';

export interface LeastSquaresOptions {
  /** Factor in (0, 1] by which an example counts less with each later one. */
  readonly forgetting: number;
  /** Examples' worth of shrinkage towards the first coefficients. */
  readonly ridge?: number;
  /** Residuals count in full up to so many times the running mean absolute residual. */
  readonly huber?: number;
  /** First coefficients; zeros by default. */
  readonly start?: Float64Array;
}

const DOUBT_MEMORY = 8;
const MOST_DOUBT = 0.5;

/**
 * Recursive least squares with exponential forgetting (Ljung and Söderström 1983) and Huber's weights against outliers. A direction is only forgotten
 * while its input is at work (covariance D·P·D with D = 1 for inputs that are 0), and never beyond the first uncertainty: rare inputs
 * neither blow up nor fade.
 */
export class RecursiveLeastSquares {
  readonly size: number;
  readonly #coefficients: Float64Array<ArrayBuffer>;
  /** Upper triangle, row by row. */
  readonly #covariance: Float64Array<ArrayBuffer>;
  /** Fading mean, over the examples where each input is at work, of the side on which the residual was wild; 0 where it was not. */
  readonly #doubts: Float64Array<ArrayBuffer>;
  readonly #gain: Float64Array;
  readonly #inflation: Float64Array;
  readonly #inflated: Float64Array;
  readonly #scale: RobustScale;
  readonly #inflate: number;
  readonly #limit: number;
  readonly #huber: number;

  constructor(size: number, options: LeastSquaresOptions) {
    this.size = size;
    this.#coefficients = new Float64Array(size);
    if (options.start) this.#coefficients.set(options.start);
    this.#covariance = new Float64Array((size * (size + 1)) / 2);
    this.#doubts = new Float64Array(size);
    this.#gain = new Float64Array(size);
    this.#inflation = new Float64Array(size);
    this.#inflated = new Float64Array(size);
    this.#scale = new RobustScale(30);
    this.#inflate = 1 / Math.sqrt(options.forgetting);
    this.#limit = 1 / (options.ridge ?? 1);
    this.#huber = options.huber ?? 4;
    this.#resetCovariance();
  }

  /** @param input [size] */
  predict(input: Float64Array): number {
    const coefficients = this.#coefficients;
    let sum = 0;
    for (let i = 0; i < coefficients.length; i++) sum += coefficients[i]! * input[i]!;
    return sum;
  }

  /** @param input [size] @param weight ≥ 0 */
  learn(input: Float64Array, target: number, weight: number): void {
    if (weight === 0) return;
    const residual = target - this.predict(input);
    const trust = weight * this.#confirmed(input, residual, this.#scale.trust(residual, this.#huber));
    this.#scale.update(residual, weight);
    this.#forget(input);
    const spread = this.#computeGain(input);
    const step = trust / (1 + trust * spread);
    if (!(spread >= 0) || !Number.isFinite(step * residual)) {
      this.#resetCovariance();
      return;
    }
    this.#apply(step, residual);
  }

  /**
   * A wild residual counts in full where those of one of its inputs mostly were wild on the same side before: then it is the coefficient that is
   * wrong, which would else never be put right.
   */
  #confirmed(input: Float64Array, residual: number, trust: number): number {
    const doubts = this.#doubts;
    let most = 0;
    for (let i = 0; i < doubts.length; i++) {
      if (input[i] === 0) continue;
      const side = trust < 1 ? Math.sign(residual * input[i]!) : 0;
      most = Math.max(most, doubts[i]! * side);
      doubts[i]! += (side - doubts[i]!) / DOUBT_MEMORY;
    }
    return most > MOST_DOUBT ? 1 : trust;
  }

  /** How much each input's uncertainty grows; `computeGain` and `apply` read the covariance through it. */
  #forget(input: Float64Array): void {
    const { size } = this;
    for (let i = 0, diagonal = 0; i < size; diagonal += size - i, i++) {
      const open = input[i] !== 0 && this.#covariance[diagonal]! < this.#limit;
      this.#inflation[i] = open ? this.#inflate : 1;
      this.#inflated[i] = this.#inflation[i]! * input[i]!;
    }
  }

  /** Writes P·x into the gain and returns x·P·x. */
  #computeGain(input: Float64Array): number {
    const { size } = this;
    const covariance = this.#covariance;
    const inflated = this.#inflated;
    const gain = this.#gain.fill(0);
    for (let i = 0, at = 0; i < size; i++) {
      const own = inflated[i]!;
      let sum = gain[i]! + covariance[at++]! * own;
      for (let j = i + 1; j < size; j++) {
        const value = covariance[at++]!;
        sum += value * inflated[j]!;
        gain[j]! += value * own;
      }
      gain[i] = sum;
    }
    let spread = 0;
    for (let i = 0; i < size; i++) {
      gain[i]! *= this.#inflation[i]!;
      spread += gain[i]! * input[i]!;
    }
    return spread;
  }

  #apply(step: number, residual: number): void {
    const { size } = this;
    const covariance = this.#covariance;
    const gain = this.#gain;
    const inflation = this.#inflation;
    for (let i = 0, at = 0; i < size; i++) {
      const own = step * gain[i]!;
      const grow = inflation[i]!;
      this.#coefficients[i]! += own * residual;
      for (let j = i; j < size; j++, at++) covariance[at] = covariance[at]! * grow * inflation[j]! - own * gain[j]!;
    }
  }

  #resetCovariance(): void {
    this.#covariance.fill(0);
    for (let i = 0, diagonal = 0; i < this.size; diagonal += this.size - i, i++)
      this.#covariance[diagonal] = this.#limit;
  }

  #arrays() {
    return { coefficients: this.#coefficients, covariance: this.#covariance, doubts: this.#doubts };
  }

  state(): PartState {
    return joinStates({ own: copyArrays(this.#arrays()), scale: this.#scale.state() });
  }

  restore(state: PartState): void {
    const own = partOfState(state, 'own');
    const { covariance } = own.tensors;
    for (let i = 0, diagonal = 0; i < this.size; diagonal += this.size - i, i++) {
      if (!(covariance && covariance[diagonal]! >= 0)) throw corrupt('a variance is negative or not there');
    }
    restoreArrays(this.#arrays(), own);
    this.#scale.restore(partOfState(state, 'scale'));
  }
}
