import type { Batch, NetworkLoss, NetworkSpec } from '../compute.ts';

/** What a loss needs of a network's shape. */
type LossSpec = Pick<NetworkSpec, 'loss' | 'outputSize'>;

/**
 * The loss of one row of scores, from `start` on, to which an output that takes no part adds nothing.
 * @param slopes overwritten with the derivatives with respect to the row's scores @returns the loss
 */
type RowLoss = (scores: Float32Array, start: number, batch: Batch, slopes: Float64Array) => number;

/** Σ_k t_k (log Σ_j exp s_j − s_k), with the largest score subtracted before exponentiation. */
const softmaxCrossEntropy: RowLoss = (scores, start, batch, slopes) => {
  const { targets } = batch;
  let largest = -Infinity;
  for (let k = 0; k < slopes.length; k++) {
    if (takesPart(batch, start, k) && scores[start + k]! > largest) largest = scores[start + k]!;
  }
  let total = 0;
  let targetTotal = 0;
  for (let k = 0; k < slopes.length; k++) {
    slopes[k] = takesPart(batch, start, k) ? Math.exp(scores[start + k]! - largest) : 0;
    if (!takesPart(batch, start, k)) continue;
    total += slopes[k]!;
    targetTotal += targets[start + k]!;
  }
  const logTotal = Math.log(total);
  let loss = 0;
  for (let k = 0; k < slopes.length; k++) {
    if (!takesPart(batch, start, k)) continue;
    const target = targets[start + k]!;
    loss += target * (logTotal - (scores[start + k]! - largest));
    slopes[k] = (targetTotal * slopes[k]!) / total - target;
  }
  return loss;
};

/** Σ_k log(1 + exp s_k) − t_k s_k, in the form that never overflows. */
const logistic: RowLoss = (scores, start, batch, slopes) => {
  let loss = 0;
  for (let k = 0; k < slopes.length; k++) {
    slopes[k] = 0;
    if (!takesPart(batch, start, k)) continue;
    const score = scores[start + k]!;
    const target = batch.targets[start + k]!;
    const small = Math.exp(-Math.abs(score));
    loss += Math.max(score, 0) - score * target + Math.log1p(small);
    slopes[k] = (score >= 0 ? 1 : small) / (1 + small) - target;
  }
  return loss;
};

/** Σ_k ½ (s_k − t_k)² */
const squared: RowLoss = (scores, start, batch, slopes) => {
  let loss = 0;
  for (let k = 0; k < slopes.length; k++) {
    slopes[k] = takesPart(batch, start, k) ? scores[start + k]! - batch.targets[start + k]! : 0;
    loss += 0.5 * slopes[k]! ** 2;
  }
  return loss;
};

const rowLosses: Record<NetworkLoss, RowLoss> = { 'softmax-cross-entropy': softmaxCrossEntropy, logistic, squared };

/**
 * Overwrites `scores` [rows, outputSize] with the derivative of their loss with respect to them.
 * @param slopes [outputSize], overwritten @returns the weighted loss of the batch, divided by its number of rows
 */
export function lossToGradient(
  { loss, outputSize }: LossSpec,
  scores: Float32Array,
  batch: Batch,
  slopes: Float64Array,
): number {
  const rowLoss = rowLosses[loss];
  const { weights } = batch;
  let total = 0;
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row]!;
    const start = row * outputSize;
    // A padding row must not count even if its scores are not finite (0 × ∞ is NaN).
    if (weight > 0) total += weight * rowLoss(scores, start, batch, slopes);
    else slopes.fill(0);
    for (let k = 0; k < outputSize; k++) slopes[k]! *= weight;
    total += addLogitPull(scores, start, batch, slopes);
    for (let k = 0; k < outputSize; k++) scores[start + k] = slopes[k]! / weights.length;
  }
  return total / weights.length;
}

/** Adds what draws one row of scores to its logit targets to `slopes`. @returns its loss */
function addLogitPull(scores: Float32Array, start: number, batch: Batch, slopes: Float64Array): number {
  const { logits, outputMask } = batch;
  if (!logits) return 0;
  let loss = 0;
  for (let k = 0; k < slopes.length; k++) {
    const weight = logits.weights[start + k]! * outputMask[k]!;
    if (!(weight > 0)) continue;
    const distance = scores[start + k]! - logits.targets[start + k]!;
    loss += 0.5 * weight * distance ** 2;
    slopes[k]! += weight * distance;
  }
  return loss;
}

/** Whether an output takes part in the loss of the row whose scores begin at `start`. */
function takesPart({ outputMask, rowMask }: Batch, start: number, output: number): boolean {
  return outputMask[output] !== 0 && (!rowMask || rowMask[start + output] !== 0);
}
