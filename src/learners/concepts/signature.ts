import type { PartState } from '../../core/part-state.ts';
import { readNumber, readTensor } from '../../core/read-state.ts';

/** Share of the mean variance that every variance gets on top, so that an input which was always the same is no proof. */
const VARIANCE_FLOOR = 0.1;
/** Every variance starts as if it had been the mean variance in this many examples. */
const PRIOR_EXAMPLES = 10;
/** The usual fit and its spread are running means over this many examples. */
const FIT_WINDOW = 200;
/** Examples that a signature needs before it can say that something does not fit. */
const LEAST_EXAMPLES = 64;

/**
 * What the inputs of one concept look like: mean and variance of every dense input, and how well its own examples usually fit that. The fit of an
 * input is its log likelihood under independent Gaussians, by input (in the place of the autoencoders of Expert Gate, Aljundi et al. 2017, arXiv 1611.06194).
 */
export class Signature {
  #examples = 0;
  readonly #mean: Float32Array<ArrayBuffer>;
  readonly #squares: Float32Array<ArrayBuffer>;
  #meanVariance = 0;
  #usualFit = 0;
  #fitVariance = 0;

  constructor(size: number) {
    this.#mean = new Float32Array(size);
    this.#squares = new Float32Array(size);
  }

  get examples(): number {
    return this.#examples;
  }

  get bytes(): number {
    return this.#mean.byteLength + this.#squares.byteLength;
  }

  /** −Infinity before the first example. */
  fit(dense: Float32Array): number {
    if (this.#examples === 0) return -Infinity;
    const floor = VARIANCE_FLOOR * this.#meanVariance + 1e-6;
    const prior = PRIOR_EXAMPLES * this.#meanVariance;
    const share = 1 / (this.#examples + PRIOR_EXAMPLES);
    let product = 1;
    let sum = 0;
    for (let i = 0; i < dense.length; i++) {
      const variance = floor + (this.#squares[i]! + prior) * share;
      const distance = dense[i]! - this.#mean[i]!;
      sum += (distance * distance) / variance;
      product *= variance;
      // One logarithm for many factors: it costs more than everything else here.
      if (product < 1e-100 || product > 1e100) {
        sum += Math.log(product);
        product = 1;
      }
    }
    return -0.5 * ((sum + Math.log(product)) / Math.max(1, dense.length));
  }

  /** Distance of a fit from the usual one, in standard deviations; 0 while too little is known. */
  deviation(fit: number): number {
    if (this.#examples < LEAST_EXAMPLES) return 0;
    return (fit - this.#usualFit) / Math.sqrt(this.#fitVariance + 1e-12);
  }

  /** @param fit what {@link fit} said of it just now */
  learnOne(dense: Float32Array, fit: number): void {
    this.#examples++;
    const share = 1 / this.#examples;
    let total = 0;
    for (let i = 0; i < dense.length; i++) {
      const before = dense[i]! - this.#mean[i]!;
      this.#mean[i]! += before * share;
      this.#squares[i]! += before * (dense[i]! - this.#mean[i]!);
      total += this.#squares[i]!;
    }
    this.#meanVariance = (total * share) / Math.max(1, dense.length);
    // The fits of the first examples are those of variances from next to nothing.
    if (this.#examples <= LEAST_EXAMPLES / 2) return;
    const rate = 1 / Math.min(this.#examples - LEAST_EXAMPLES / 2, FIT_WINDOW);
    const distance = fit - this.#usualFit;
    this.#usualFit += rate * distance;
    this.#fitVariance += rate * (distance * distance - this.#fitVariance);
  }

  state(): PartState {
    const tensors = { mean: this.#mean.slice(), squares: this.#squares.slice() };
    const values = {
      examples: this.#examples,
      meanVariance: this.#meanVariance,
      usualFit: this.#usualFit,
      fitVariance: this.#fitVariance,
    };
    return { tensors, values };
  }

  restore(state: PartState): void {
    const mean = readTensor(state, 'mean', 'f32', this.#mean.length);
    const squares = readTensor(state, 'squares', 'f32', this.#squares.length);
    this.#examples = readNumber(state, 'examples', 0, Number.MAX_SAFE_INTEGER);
    this.#meanVariance = readNumber(state, 'meanVariance', 0, Number.MAX_VALUE);
    this.#usualFit = readNumber(state, 'usualFit', -Number.MAX_VALUE, Number.MAX_VALUE);
    this.#fitVariance = readNumber(state, 'fitVariance', 0, Number.MAX_VALUE);
    this.#mean.set(mean);
    this.#squares.set(squares);
  }
}
