import type { PartState } from '../../core/part-state.ts';
import { readNumber } from '../../core/read-state.ts';
import { readTensor, requireState } from './part-reader.ts';
import { SparseVector } from './sparse-vector.ts';

/** Below this the covariance is written out again with what was forgotten; only the rounding depends on it. */
const REWRITE_BELOW = 0.5;
const MIN_VARIANCE = 1e-9;

/**
 * Gaussian posterior over the weights of a linear model: mean, and a covariance that is full over the first `fullSize` places and
 * diagonal over the rest. Forgetting moves the covariance towards the prior's and leaves the mean where it is (stabilised forgetting,
 * Kulhavý and Zarrop 1993, doi 10.1080/00207179308923041): what is not confirmed becomes uncertain again, never more than it was at first.
 * The full block is P = kept·Q + (1 − kept)·diag(prior), so that forgetting costs nothing until Q is rewritten.
 */
export class GaussianPosterior {
  readonly size: number;
  readonly #fullSize: number;
  /** Places of the full block in use, from the first; the rest of it is still the prior and never read. */
  #used: number;
  #mean: Float64Array<ArrayBuffer>;
  /** Lower triangle of Q, row after row. */
  #covariance: Float32Array<ArrayBuffer>;
  /** Variances of the diagonal part. */
  #variance: Float32Array<ArrayBuffer>;
  #priorVariance: Float32Array<ArrayBuffer>;
  #kept = 1;
  /** [size] null for a prior without a mean of its own. */
  #priorMean: Float64Array<ArrayBuffer> | null = null;
  readonly #sorted = new SparseVector();

  /** @param priorVariance [size] */
  constructor(fullSize: number, used: number, priorVariance: Float32Array) {
    this.size = priorVariance.length;
    this.#fullSize = fullSize;
    this.#used = used;
    this.#mean = new Float64Array(this.size);
    this.#priorVariance = Float32Array.from(priorVariance);
    this.#covariance = new Float32Array((fullSize * (fullSize + 1)) / 2);
    for (let i = 0; i < fullSize; i++) this.#covariance[(i * (i + 3)) / 2] = priorVariance[i]!;
    this.#variance = Float32Array.from(priorVariance.subarray(fullSize));
  }

  get mean(): Float64Array {
    return this.#mean;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes one more place of the full block into use, with its prior. */
  admit(): number {
    const place = this.#used;
    this.#used += 1;
    this.#covariance[(place * (place + 3)) / 2] = this.#priorVariance[place]!;
    return place;
  }

  /** What is known so far is the prior from now on: its mean, and `variance` [size] without any covariance. */
  becomePrior(variance: Float32Array): void {
    this.#priorMean = this.#mean.slice();
    this.#restart(variance);
  }

  #restart(variance: Float32Array): void {
    this.#priorVariance = Float32Array.from(variance);
    this.#kept = 1;
    this.#covariance.fill(0);
    for (let i = 0; i < this.#fullSize; i++) this.#covariance[(i * (i + 3)) / 2] = variance[i]!;
    this.#variance = Float32Array.from(variance.subarray(this.#fullSize));
  }

  /** The marginal variance of one weight. */
  varianceAt(place: number): number {
    if (place >= this.#fullSize) return this.#variance[place - this.#fullSize]!;
    const own = this.#kept * this.#covariance[(place * (place + 3)) / 2]!;
    return Math.max(MIN_VARIANCE, own + (1 - this.#kept) * this.#priorVariance[place]!);
  }

  /** [size] */
  get priorVariance(): Float32Array {
    return this.#priorVariance;
  }

  priorVarianceAt(place: number): number {
    return this.#priorVariance[place]!;
  }

  /**
   * Writes covariance · x into `out` [size]; only the places in use and those of `x` are written, the others must not be read.
   * Row after row of the triangle, because columns of it are far apart in memory.
   */
  applyCovariance(x: SparseVector, out: Float64Array): void {
    const [full, q] = [this.#fullSize, this.#covariance];
    const { indices, values, length } = this.#placesInUse(x, out);
    for (let row = 0, start = 0, next = 0; row < this.#used; row += 1, start += row) {
      let sum = 0;
      for (let k = 0; k < next; k++) sum += values[k]! * q[start + indices[k]!]!;
      out[row] = sum;
      if (next === length || indices[next] !== row) continue;
      const value = values[next++]!;
      for (let column = 0; column < row; column++) out[column]! += value * q[start + column]!;
      out[row]! += value * q[start + row]!;
    }
    for (let row = 0; row < this.#used; row++) out[row]! *= this.#kept;
    for (let k = 0; k < length; k++)
      out[indices[k]!]! += (1 - this.#kept) * this.#priorVariance[indices[k]!]! * values[k]!;
    for (let k = 0; k < x.length; k++) {
      const place = x.indices[k]!;
      if (place >= full) out[place] = this.#variance[place - full]! * x.values[k]!;
    }
  }

  /** The part of `x` that lies in the full block, by rising place; `scratch` is written. */
  #placesInUse(x: SparseVector, scratch: Float64Array): SparseVector {
    const sorted = this.#sorted;
    sorted.clear();
    for (let k = 0; k < x.length; k++) {
      if (x.indices[k]! < this.#fullSize) sorted.push(x.indices[k]!, 0);
    }
    sorted.indices.subarray(0, sorted.length).sort();
    for (let k = 0; k < x.length; k++) scratch[x.indices[k]!] = x.values[k]!;
    for (let k = 0; k < sorted.length; k++) sorted.values[k] = scratch[sorted.indices[k]!]!;
    return sorted;
  }

  /** x' · covariance · x. */
  varianceOf(x: SparseVector): number {
    const [full, q] = [this.#fullSize, this.#covariance];
    let [block, own] = [0, 0];
    for (let k = 0; k < x.length; k++) {
      const [a, value] = [x.indices[k]!, x.values[k]!];
      if (a >= full) {
        own += this.#variance[a - full]! * value * value;
        continue;
      }
      own += (1 - this.#kept) * this.#priorVariance[a]! * value * value;
      block += value * value * q[(a * (a + 3)) / 2]!;
      let cross = 0;
      for (let l = 0; l < k; l++) {
        const b = x.indices[l]!;
        if (b < full) cross += x.values[l]! * q[b < a ? (a * (a + 1)) / 2 + b : (b * (b + 1)) / 2 + a]!;
      }
      block += 2 * value * cross;
    }
    return Math.max(MIN_VARIANCE, own + this.#kept * block);
  }

  /**
   * Adds the information `precision`·xx' and moves the mean by `step`·(covariance · x).
   * @param applied [size] covariance · x, as {@link applyCovariance} wrote it
   * @param variance x' · covariance · x
   */
  observe(x: SparseVector, applied: Float64Array, variance: number, precision: number, step: number): void {
    const shrink = precision / (1 + precision * variance);
    for (let i = 0; i < this.#used; i++) this.#mean[i]! += step * applied[i]!;
    this.#shrinkFull(applied, shrink / this.#kept);
    for (let k = 0; k < x.length; k++) {
      const place = x.indices[k]!;
      if (place < this.#fullSize) continue;
      this.#mean[place]! += step * applied[place]!;
      const left = this.#variance[place - this.#fullSize]! - shrink * applied[place]! ** 2;
      this.#variance[place - this.#fullSize] = Math.max(MIN_VARIANCE, left);
    }
  }

  #shrinkFull(applied: Float64Array, shrink: number): void {
    const q = this.#covariance;
    let at = 0;
    for (let i = 0; i < this.#used; i++) {
      const scaled = shrink * applied[i]!;
      if (scaled === 0) {
        at += i + 1;
        continue;
      }
      for (let j = 0; j <= i; j++, at++) q[at]! -= scaled * applied[j]!;
    }
  }

  /** Keeps the share `kept` of what was learned about the spread of the weights. */
  forget(kept: number): void {
    this.#kept *= kept;
    for (let i = 0; i < this.#variance.length; i++) {
      const prior = this.#priorVariance[this.#fullSize + i]!;
      this.#variance[i] = prior + kept * (this.#variance[i]! - prior);
    }
    if (this.#kept < REWRITE_BELOW) this.#rewrite();
  }

  /** Whether the prior has a mean of its own, for {@link drift} to go to. */
  get hasPriorMean(): boolean {
    return this.#priorMean !== null;
  }

  /** Moves the mean towards the prior's, of which it keeps the distance `kept`; without a mean of the prior's own it stays where it is. */
  drift(kept: number): void {
    const [mean, prior] = [this.#mean, this.#priorMean];
    if (!prior || kept === 1) return;
    for (let i = 0; i < this.size; i++) mean[i] = prior[i]! + kept * (mean[i]! - prior[i]!);
  }

  #rewrite(): void {
    const q = this.#covariance;
    for (let i = 0, at = 0; i < this.#used; i++) {
      for (let j = 0; j < i; j++, at++) q[at]! *= this.#kept;
      q[at] = this.#kept * q[at]! + (1 - this.#kept) * this.#priorVariance[i]!;
      at += 1;
    }
    this.#kept = 1;
  }

  state(): PartState {
    return {
      tensors: {
        mean: this.#mean.slice(),
        covariance: this.#covariance.slice(0, (this.#used * (this.#used + 1)) / 2),
        variance: this.#variance.slice(),
        priorVariance: this.#priorVariance.slice(),
        ...(this.#priorMean && { priorMean: this.#priorMean.slice() }),
      },
      values: { used: this.#used, kept: this.#kept },
    };
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    const used = readNumber(state, 'used', 0, this.#fullSize);
    requireState(Number.isInteger(used), '"used" is not an integer');
    const kept = readNumber(state, 'kept', Number.MIN_VALUE, 1);
    const mean = readTensor(state, 'mean', this.#mean);
    const covariance = readTensor(state, 'covariance', new Float32Array((used * (used + 1)) / 2));
    const variance = readTensor(state, 'variance', this.#variance);
    const priorVariance = readTensor(state, 'priorVariance', this.#priorVariance);
    const priorMean = Object.hasOwn(state.tensors, 'priorMean') ? readTensor(state, 'priorMean', this.#mean) : null;
    requireState(variance.every(isPositive) && priorVariance.every(isPositive), 'a variance is not positive');
    [this.#used, this.#mean, this.#priorMean] = [used, mean, priorMean];
    this.#restart(priorVariance);
    [this.#kept, this.#variance] = [kept, variance];
    this.#covariance.set(covariance);
  }
}

function isPositive(value: number): boolean {
  return value > 0;
}
