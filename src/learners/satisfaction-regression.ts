/** A probability and how sure the model is of it. */
export interface LogisticPrediction {
  readonly probability: number;
  /** Of `probability`, from the posterior of the weights. */
  readonly standardError: number;
}

/**
 * Bayesian logistic regression, one label at a time: a normal posterior with full covariance, moved by one Newton step a label (the extended
 * Kalman filter for a logistic observation; Spiegelhalter and Lauritzen 1990, doi 10.1002/net.3230200507). The covariance is the learning
 * rate of each direction, so there is none to choose.
 */
export class OnlineLogisticRegression {
  readonly size: number;
  readonly #weights: Float64Array<ArrayBuffer>;
  /** [size · size] */
  readonly #covariance: Float64Array<ArrayBuffer>;
  readonly #scratch: Float64Array<ArrayBuffer>;

  /** @param priorMean [size] @param priorVariance [size] */
  constructor(priorMean: Float64Array, priorVariance: Float64Array) {
    this.size = priorMean.length;
    this.#weights = Float64Array.from(priorMean);
    this.#covariance = new Float64Array(this.size * this.size);
    for (let i = 0; i < this.size; i++) this.#covariance[i * this.size + i] = priorVariance[i]!;
    this.#scratch = new Float64Array(this.size);
  }

  /** Averaged over the posterior, by MacKay's approximation (1992, doi 10.1162/neco.1992.4.5.720): unsure means nearer to 1/2. */
  predict(input: Float64Array): LogisticPrediction {
    const variance = this.#spread(input);
    const probability = sigmoid(this.#score(input) / Math.sqrt(1 + (Math.PI / 8) * variance));
    return { probability, standardError: probability * (1 - probability) * Math.sqrt(variance) };
  }

  /** @param target in [0, 1] @param weight > 0 */
  learn(input: Float64Array, target: number, weight: number): void {
    const variance = this.#spread(input);
    const probability = sigmoid(this.#score(input));
    // A label that is believed already has no curvature left to learn from; a little is kept, so that a surprise still moves the weights.
    const curvature = weight * Math.max(0.01, probability * (1 - probability));
    const shared = 1 + curvature * variance;
    const direction = this.#scratch;
    const step = (weight * (target - probability)) / shared;
    for (let i = 0; i < this.size; i++) {
      this.#weights[i]! += direction[i]! * step;
      const share = (direction[i]! * curvature) / shared;
      const row = i * this.size;
      for (let j = 0; j < this.size; j++) this.#covariance[row + j]! -= share * direction[j]!;
    }
  }

  weights(): Float64Array<ArrayBuffer> {
    return this.#weights.slice();
  }

  covariance(): Float64Array<ArrayBuffer> {
    return this.#covariance.slice();
  }

  restore(weights: Float64Array, covariance: Float64Array): void {
    this.#weights.set(weights);
    this.#covariance.set(covariance);
  }

  #score(input: Float64Array): number {
    let score = 0;
    for (let i = 0; i < this.size; i++) score += this.#weights[i]! * input[i]!;
    return score;
  }

  /** Posterior variance of the score; leaves covariance · input in the scratch array. */
  #spread(input: Float64Array): number {
    let variance = 0;
    for (let i = 0; i < this.size; i++) {
      let sum = 0;
      const row = i * this.size;
      for (let j = 0; j < this.size; j++) sum += this.#covariance[row + j]! * input[j]!;
      this.#scratch[i] = sum;
      variance += sum * input[i]!;
    }
    return Math.max(0, variance);
  }
}

function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}
