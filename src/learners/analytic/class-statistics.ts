import { addOuterProduct, factorise, solveFactorised, subtractOuterProduct, triangleSize } from './symmetric.ts';

/** A linear readout: `scores = values · weights + bias`, `weights` by class. */
export interface Readout {
  readonly classes: number;
  /** [classes × features] */
  readonly weights: Float32Array;
  /** [classes]; −Infinity for a class that was never seen. */
  readonly bias: Float64Array;
}

/** Least ridge, and how it falls with the number of examples a feature, both as a share of the mean variance of a feature. */
const LEAST_RIDGE = 1e-3;
const RIDGE_BY_SAMPLES = 0.1;
/** Weight of all examples at which everything is halved: single precision would stop counting at 2²⁴. */
const HALVING_WEIGHT = 2 ** 21;

/**
 * Sums from which a linear discriminant is solved: class counts and sums, and the matrix of second moments. They only ever add up, so that
 * what was learned first weighs as much as what was learned last, whatever the order (streaming LDA, Hayes and Kanan 2020,
 * arXiv 1909.01520; over random features as RanPAC, arXiv 2307.02251).
 */
export class ClassStatistics {
  readonly features: number;
  readonly moments: Float32Array<ArrayBuffer>;
  counts: Float64Array<ArrayBuffer>;
  sums: Float64Array<ArrayBuffer>;
  #total = 0;

  constructor(features: number, classes: number) {
    this.features = features;
    this.moments = new Float32Array(triangleSize(features));
    this.counts = new Float64Array(classes);
    this.sums = new Float64Array(classes * features);
  }

  get classes(): number {
    return this.counts.length;
  }

  /** Weight of all examples. */
  get total(): number {
    return this.#total;
  }

  grow(classes: number): void {
    const { counts, sums } = this;
    this.counts = new Float64Array(classes);
    this.counts.set(counts);
    this.sums = new Float64Array(classes * this.features);
    this.sums.set(sums);
  }

  restore(moments: Float32Array, counts: Float64Array, sums: Float64Array): void {
    this.grow(counts.length);
    this.moments.set(moments);
    this.counts.set(counts);
    this.sums.set(sums);
    this.#total = counts.reduce((sum, count) => sum + count, 0);
  }

  add(label: number, indices: Int32Array, values: Float32Array, active: number, weight: number): void {
    this.counts[label]! += weight;
    this.#total += weight;
    const start = label * this.features;
    for (let i = 0; i < active; i++) this.sums[start + indices[i]!]! += weight * values[i]!;
    addOuterProduct(this.moments, indices, values, active, weight);
    if (this.#total >= HALVING_WEIGHT) this.#halve();
  }

  /** Gaussian classes of one covariance: undefined while the statistics say nothing. */
  solve(): Readout | undefined {
    if (this.#total <= 0) return undefined;
    const { features, classes, counts } = this;
    const covariance = Float64Array.from(this.moments);
    const means = this.#means();
    for (let label = 0; label < classes; label++) {
      const mean = means.subarray(label * features, (label + 1) * features);
      if (counts[label]! > 0) subtractOuterProduct(covariance, mean, counts[label]!);
    }
    if (!this.#regularise(covariance) || !factorise(covariance, features)) return undefined;
    const weights = new Float32Array(classes * features);
    const bias = new Float64Array(classes).fill(-Infinity);
    for (let label = 0; label < classes; label++) {
      if (counts[label]! <= 0) continue;
      const mean = means.subarray(label * features, (label + 1) * features);
      const solved = mean.slice();
      solveFactorised(covariance, solved);
      weights.set(solved, label * features);
      let half = 0;
      for (let i = 0; i < features; i++) half += 0.5 * solved[i]! * mean[i]!;
      bias[label] = Math.log(counts[label]! / this.#total) - half;
    }
    return { classes, weights, bias };
  }

  #means(): Float64Array {
    return this.sums.map((sum, place) => {
      const count = this.counts[Math.floor(place / this.features)]!;
      return count > 0 ? sum / count : 0;
    });
  }

  /** Divides by the weight and adds the ridge. @returns false when nothing varies */
  #regularise(covariance: Float64Array): boolean {
    const { features } = this;
    let trace = 0;
    for (let i = 0; i < features; i++) trace += Math.max(0, covariance[(i * (i + 3)) / 2]!);
    if (!(trace > 0)) return false;
    const mean = trace / this.#total / features;
    const ridge = mean * (LEAST_RIDGE + (RIDGE_BY_SAMPLES * features) / this.#total);
    for (let place = 0; place < covariance.length; place++) covariance[place]! /= this.#total;
    for (let i = 0; i < features; i++) covariance[(i * (i + 3)) / 2]! += ridge;
    return true;
  }

  #halve(): void {
    for (const part of [this.moments, this.counts, this.sums]) for (let i = 0; i < part.length; i++) part[i]! /= 2;
    this.#total /= 2;
  }
}
