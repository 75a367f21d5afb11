import { sigmoid } from '../reward/logistic-step.ts';
import type { RewardEstimates } from '../reward/reward-model.ts';
import type { SparseVector } from '../reward/sparse-vector.ts';
import type { DiagonalModel } from './diagonal-model.ts';

export interface WeighedModel {
  readonly model: DiagonalModel;
  readonly weight: number;
}

type Scores = Pick<RewardEstimates, 'scores' | 'deviations'>;

/**
 * The mixture of several models' estimates: its expected rewards, and for the spread of a score what each model does not know and what they do not agree
 * about, both against the other candidates. Right after a change, when it is open who is right, that is wide.
 * @param base with the share of the weight that the others leave
 */
export function blend(
  base: RewardEstimates,
  experts: readonly WeighedModel[],
  inputs: readonly SparseVector[],
): RewardEstimates {
  const count = base.scores.length;
  const [means, firsts, seconds] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const add = (weight: number, { scores, deviations }: Scores) => {
    const middle = scores.reduce((sum, score) => sum + score, 0) / count;
    for (let i = 0; i < count; i++) {
      const contrast = scores[i]! - middle;
      means[i]! += weight * sigmoid(scores[i]!);
      firsts[i]! += weight * contrast;
      seconds[i]! += weight * (deviations[i]! ** 2 + contrast ** 2);
    }
  };
  add(1 - experts.reduce((sum, { weight }) => sum + weight, 0), base);
  for (const { model, weight } of experts) add(weight, estimate(model, inputs, count));
  const scores = means.map((mean) => Math.log(mean / (1 - mean)));
  const deviations = seconds.map((second, i) => Math.sqrt(Math.max(0, second - firsts[i]! ** 2)));
  return { ...base, means, scores, deviations };
}

/** @param inputs may be more than `count` */
function estimate(model: DiagonalModel, inputs: readonly SparseVector[], count: number): Scores {
  const center = centerOf(inputs, count, model.mean.length);
  let common = 0;
  for (let place = 0; place < center.length; place++) common += model.variance[place]! * center[place]! ** 2;
  // Independent draws of deviations from the mean would be too close to one another by this much.
  const independent = count > 1 ? count / (count - 1) : 1;
  const [scores, deviations] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    const x = inputs[i]!;
    scores[i] = model.scoreOf(x);
    const variance = model.varianceOf(x);
    const contrast = count > 1 ? Math.max(0, variance - 2 * covariance(model, x, center) + common) : variance;
    deviations[i] = Math.sqrt(independent * contrast);
  }
  return { scores, deviations };
}

function covariance({ variance }: DiagonalModel, x: SparseVector, center: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) {
    const place = x.indices[k]!;
    sum += x.values[k]! * variance[place]! * center[place]!;
  }
  return sum;
}

function centerOf(inputs: readonly SparseVector[], count: number, size: number): Float64Array {
  const center = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    const { indices, values, length } = inputs[i]!;
    for (let k = 0; k < length; k++) center[indices[k]!]! += values[k]! / count;
  }
  return center;
}
