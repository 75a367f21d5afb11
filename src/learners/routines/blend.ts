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
  const size = experts[0]?.model.mean.length ?? 0;
  const center = centerOf(inputs, count, size);
  for (const { model, weight } of experts) add(weight, estimate(model, inputs, center, count));
  const scores = means.map((mean) => Math.log(mean / (1 - mean)));
  const deviations = seconds.map((second, i) => Math.sqrt(Math.max(0, second - firsts[i]! ** 2)));
  return { ...base, means, scores, deviations };
}

/** @param inputs may be more than `count` @param center [size] their mean */
function estimate(
  { mean, variance }: DiagonalModel,
  inputs: readonly SparseVector[],
  center: Float64Array,
  count: number,
): Scores {
  let common = 0;
  for (let place = 0; place < center.length; place++) common += variance[place]! * center[place]! ** 2;
  // Independent draws of deviations from the mean would be too close to one another by this much.
  const independent = count > 1 ? count / (count - 1) : 1;
  const [scores, deviations] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    const { indices, values, length } = inputs[i]!;
    let [score, own, cross] = [0, 0, 0];
    for (let k = 0; k < length; k++) {
      const place = indices[k]!;
      const value = values[k]!;
      const spread = variance[place]! * value;
      score += value * mean[place]!;
      own += spread * value;
      cross += spread * center[place]!;
    }
    scores[i] = score;
    deviations[i] = Math.sqrt(independent * (count > 1 ? Math.max(0, own - 2 * cross + common) : own));
  }
  return { scores, deviations };
}

function centerOf(inputs: readonly SparseVector[], count: number, size: number): Float64Array {
  const center = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    const { indices, values, length } = inputs[i]!;
    for (let k = 0; k < length; k++) center[indices[k]!]! += values[k]! / count;
  }
  return center;
}
