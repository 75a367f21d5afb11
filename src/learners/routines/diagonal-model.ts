import type { PartState } from '../../core/part-state.ts';
import { corrupt, readTensor } from '../../core/read-state.ts';
import { expectedReward, logisticStep } from '../reward/logistic-step.ts';
import type { SparseVector } from '../reward/sparse-vector.ts';

/** Experiences with a place that are remembered in full: each one more forgets 1 / memory of what is known of that place. */
const MEMORY = 300;
const MIN_VARIANCE = 1e-6;

/**
 * Bayesian logistic regression with a variance for each weight and no covariance (as adPredictor, Graepel et al. 2010), over the places of another model.
 * It forgets only where it learns (directional forgetting): what a context knew when it was left is what it knows when it is back.
 */
export class DiagonalModel {
  readonly mean: Float32Array<ArrayBuffer>;
  readonly variance: Float32Array<ArrayBuffer>;

  /** Both are taken over, not copied. */
  constructor(mean: Float32Array<ArrayBuffer>, variance: Float32Array<ArrayBuffer>) {
    this.mean = mean;
    this.variance = variance;
  }

  copy(): DiagonalModel {
    return new DiagonalModel(this.mean.slice(), this.variance.slice());
  }

  scoreOf({ indices, values, length }: SparseVector): number {
    let sum = 0;
    for (let k = 0; k < length; k++) sum += values[k]! * this.mean[indices[k]!]!;
    return sum;
  }

  varianceOf({ indices, values, length }: SparseVector): number {
    let sum = 0;
    for (let k = 0; k < length; k++) sum += values[k]! ** 2 * this.variance[indices[k]!]!;
    return sum;
  }

  /** In [0, 1]. */
  expect(x: SparseVector): number {
    return expectedReward(this.scoreOf(x), this.varianceOf(x));
  }

  /** Goes back to the prior's variance but for the share `kept` of the information. @param prior [size] */
  widen(kept: number, prior: Float32Array): void {
    const { variance } = this;
    for (let i = 0; i < variance.length; i++) variance[i] = 1 / ((1 - kept) / prior[i]! + kept / variance[i]!);
  }

  /** @param prior [size] variances that forgetting goes back to */
  learnOne(x: SparseVector, reward: number, weight: number, prior: Float32Array): void {
    const { mean, variance } = this;
    const { indices, values, length } = x;
    const forgotten = Math.min(1, weight) / MEMORY;
    for (let k = 0; k < length; k++) {
      const place = indices[k]!;
      variance[place]! += forgotten * (prior[place]! - variance[place]!);
    }
    const total = this.varianceOf(x);
    const { step, precision } = logisticStep(this.scoreOf(x), total, reward, weight);
    const shrink = precision / (1 + precision * total);
    for (let k = 0; k < length; k++) {
      const place = indices[k]!;
      const applied = variance[place]! * values[k]!;
      mean[place]! += step * applied;
      variance[place] = Math.max(MIN_VARIANCE, variance[place]! - shrink * applied * applied);
    }
  }
}

/** Several models, by their places in a list in which others are absent. */
export function modelsState(models: readonly (DiagonalModel | null)[]): PartState {
  const present = models.flatMap((model, place) => (model ? [{ model, place }] : []));
  const size = present[0]?.model.mean.length ?? 0;
  const tensors = {
    places: Int32Array.from(present, ({ place }) => place),
    means: new Float32Array(present.length * size),
    variances: new Float32Array(present.length * size),
  };
  present.forEach(({ model }, index) => {
    tensors.means.set(model.mean, index * size);
    tensors.variances.set(model.variance, index * size);
  });
  return { tensors, values: {} };
}

/** @param length of the list @param size of a model @throws CHECKPOINT_CORRUPT */
export function readModels(state: PartState, length: number, size: number): (DiagonalModel | null)[] {
  const count = state.tensors['places']?.length ?? 0;
  const places = readTensor(state, 'places', 'i32', Math.min(count, length));
  const means = readTensor(state, 'means', 'f32', places.length * size);
  const variances = readTensor(state, 'variances', 'f32', places.length * size);
  if (variances.some((variance) => variance <= 0)) throw corrupt('a variance is not positive');
  const models: (DiagonalModel | null)[] = Array.from({ length }, () => null);
  places.forEach((place, index) => {
    if (place < 0 || place >= length || models[place]) throw corrupt('a place of a model');
    const [from, to] = [index * size, (index + 1) * size];
    models[place] = new DiagonalModel(means.slice(from, to), variances.slice(from, to));
  });
  return models;
}
