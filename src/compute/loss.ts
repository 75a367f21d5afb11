import type { Batch, NetworkLoss, NetworkSpec } from './compute.ts';
import { addInto } from './dense-vectors.ts';

/** What a loss needs of a network's shape. */
type LossSpec = Pick<NetworkSpec, 'loss' | 'outputSize'>;

interface RowLoss {
  /** Loss of one row of scores; a masked output takes no part. */
  value(scores: Float32Array, targets: Float32Array, mask: Float32Array): number;
  /** Overwrites one row of scores with the derivative of `scale` times the loss with respect to them. */
  gradient(scores: Float32Array, targets: Float32Array, mask: Float32Array, scale: number): void;
}

/** loss = Σ_k t_k (log Σ_j exp s_j − s_k), with the largest score subtracted before exponentiation. */
const softmaxCrossEntropy: RowLoss = {
  value(scores, targets, mask) {
    const largest = largestScore(scores, mask);
    let total = 0;
    for (let k = 0; k < scores.length; k++) if (mask[k]) total += Math.exp(scores[k]! - largest);
    const logTotal = Math.log(total);
    let loss = 0;
    for (let k = 0; k < scores.length; k++) if (mask[k]) loss += targets[k]! * (logTotal - (scores[k]! - largest));
    return loss;
  },
  gradient(scores, targets, mask, scale) {
    const largest = largestScore(scores, mask);
    let total = 0;
    let targetTotal = 0;
    for (let k = 0; k < scores.length; k++) {
      if (!mask[k]) continue;
      total += Math.exp(scores[k]! - largest);
      targetTotal += targets[k]!;
    }
    for (let k = 0; k < scores.length; k++) {
      scores[k] = mask[k] ? scale * ((targetTotal * Math.exp(scores[k]! - largest)) / total - targets[k]!) : 0;
    }
  },
};

/** loss = Σ_k log(1 + exp s_k) − t_k s_k, in the form that never overflows. */
const logistic: RowLoss = {
  value(scores, targets, mask) {
    let loss = 0;
    for (let k = 0; k < scores.length; k++) {
      const score = scores[k]!;
      if (mask[k]) loss += Math.max(score, 0) - score * targets[k]! + Math.log1p(Math.exp(-Math.abs(score)));
    }
    return loss;
  },
  gradient(scores, targets, mask, scale) {
    for (let k = 0; k < scores.length; k++) scores[k] = mask[k] ? scale * (sigmoid(scores[k]!) - targets[k]!) : 0;
  },
};

/** loss = Σ_k ½ (s_k − t_k)² */
const squared: RowLoss = {
  value(scores, targets, mask) {
    let loss = 0;
    for (let k = 0; k < scores.length; k++) if (mask[k]) loss += 0.5 * (scores[k]! - targets[k]!) ** 2;
    return loss;
  },
  gradient(scores, targets, mask, scale) {
    for (let k = 0; k < scores.length; k++) scores[k] = mask[k] ? scale * (scores[k]! - targets[k]!) : 0;
  },
};

const rowLosses: Record<NetworkLoss, RowLoss> = { 'softmax-cross-entropy': softmaxCrossEntropy, logistic, squared };

/** Weighted loss of a batch of scores, row-major [rows, outputSize], divided by the number of rows. */
export function batchLoss(spec: LossSpec, scores: Float32Array, batch: Batch): number {
  const rowLoss = rowLosses[spec.loss];
  const rows = batch.weights.length;
  const masks = rowMasks(spec, batch);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const weight = batch.weights[row]!;
    // A padding row must not count even if its scores are not finite (0 × ∞ is NaN).
    if (weight > 0)
      total +=
        weight * rowLoss.value(rowOf(scores, row, spec), rowOf(batch.targets, row, spec), rowOf(masks, row, spec));
  }
  if (batch.logits) total += logitLoss(scores, batch.logits.targets, logitWeights(spec, batch));
  return total / rows;
}

/** Overwrites `scores` [rows, outputSize] with the derivative of {@link batchLoss} with respect to them. */
export function scoresToLossGradient(spec: LossSpec, scores: Float32Array, batch: Batch): void {
  const rowLoss = rowLosses[spec.loss];
  const rows = batch.weights.length;
  const masks = rowMasks(spec, batch);
  const towardsLogits =
    batch.logits && logitGradient(scores, batch.logits.targets, logitWeights(spec, batch), 1 / rows);
  for (let row = 0; row < rows; row++) {
    const weight = batch.weights[row]!;
    const rowScores = rowOf(scores, row, spec);
    if (weight > 0)
      rowLoss.gradient(rowScores, rowOf(batch.targets, row, spec), rowOf(masks, row, spec), weight / rows);
    else rowScores.fill(0);
  }
  if (towardsLogits) addInto(scores, towardsLogits);
}

/** What takes part in each row's loss, row-major [rows, outputSize]: the output mask and the row's own. */
export function rowMasks({ outputSize }: LossSpec, { weights, outputMask, rowMask }: Batch): Float32Array {
  const masks = new Float32Array(weights.length * outputSize);
  for (let i = 0; i < masks.length; i++) masks[i] = (rowMask ? rowMask[i]! : 1) * outputMask[i % outputSize]!;
  return masks;
}

/** Weights of the logit targets [rows, outputSize], 0 for outputs that are not in use. */
export function logitWeights({ outputSize }: LossSpec, { logits, outputMask }: Batch): Float32Array {
  const weights = Float32Array.from(logits?.weights ?? []);
  for (let i = 0; i < weights.length; i++) weights[i]! *= outputMask[i % outputSize]!;
  return weights;
}

function logitLoss(scores: Float32Array, targets: Float32Array, weights: Float32Array): number {
  let loss = 0;
  for (let i = 0; i < scores.length; i++)
    if (weights[i]! > 0) loss += 0.5 * weights[i]! * (scores[i]! - targets[i]!) ** 2;
  return loss;
}

function logitGradient(
  scores: Float32Array,
  targets: Float32Array,
  weights: Float32Array,
  scale: number,
): Float32Array {
  return scores.map((score, i) => (weights[i]! > 0 ? scale * weights[i]! * (score - targets[i]!) : 0));
}

function rowOf(values: Float32Array, row: number, { outputSize }: LossSpec): Float32Array {
  return values.subarray(row * outputSize, (row + 1) * outputSize);
}

function largestScore(scores: Float32Array, mask: Float32Array): number {
  let largest = -Infinity;
  for (let k = 0; k < scores.length; k++) if (mask[k] && scores[k]! > largest) largest = scores[k]!;
  return largest;
}

function sigmoid(score: number): number {
  const small = Math.exp(-Math.abs(score));
  return score >= 0 ? 1 / (1 + small) : small / (1 + small);
}
