import { expOfNegative, log } from './exponential';

/** The losses of src/compute/loss.ts, with the same meaning of masks, weights and logit targets. */
export const softmaxCrossEntropy: i32 = 0;
export const logistic: i32 = 1;
export const squared: i32 = 2;

/**
 * Overwrites `scores` [rows, outputs] with the derivative of the batch's loss with respect to them, times `scale`.
 * @param masks [rows, outputs], or 0 for none; overwritten. @param logitWeights [rows, outputs], or 0 for no logit targets; overwritten
 * @returns the loss, times `scale`
 */
export function lossGradient(
  loss: i32,
  scores: usize,
  targets: usize,
  weights: usize,
  outputMask: usize,
  rowMask: usize,
  logitTargets: usize,
  logitWeights: usize,
  rows: i32,
  outputs: i32,
  scale: f64,
  mask: usize,
): f64 {
  let total: f64 = 0;
  const stride = (<usize>outputs) << 2;
  for (let row = 0; row < rows; row++) {
    const at = <usize>row * stride;
    const weight = <f64>load<f32>(weights + ((<usize>row) << 2));
    if (logitWeights) {
      total += logitSlopes(scores + at, logitTargets + at, logitWeights + at, outputMask, outputs, scale);
    }
    // A padding row must not count even if its scores are not finite (0 × ∞ is NaN).
    if (weight > 0) {
      maskRow(mask, outputMask, rowMask ? rowMask + at : 0, outputs);
      total += weight * rowGradient(loss, scores + at, targets + at, mask, outputs, scale * weight);
    } else memory.fill(scores + at, 0, stride);
    if (logitWeights) addRow(scores + at, logitWeights + at, outputs);
  }
  return total * scale;
}

function maskRow(mask: usize, outputMask: usize, rowMask: usize, outputs: i32): void {
  for (let k: usize = 0, end = (<usize>outputs) << 2; k < end; k += 4) {
    const inUse = load<f32>(outputMask + k) != 0 && (!rowMask || load<f32>(rowMask + k) != 0);
    store<i32>(mask + k, <i32>inUse);
  }
}

function addRow(target: usize, addend: usize, outputs: i32): void {
  for (let k: usize = 0, end = (<usize>outputs) << 2; k < end; k += 4) {
    store<f32>(target + k, load<f32>(target + k) + load<f32>(addend + k));
  }
}

/** Puts the derivative in the place of the weights. @returns Σ ½ weight (score − target)² */
function logitSlopes(scores: usize, targets: usize, weights: usize, mask: usize, outputs: i32, scale: f64): f64 {
  let total: f64 = 0;
  for (let k: usize = 0, end = (<usize>outputs) << 2; k < end; k += 4) {
    const weight = <f64>load<f32>(weights + k) * <f64>load<f32>(mask + k);
    let slope: f64 = 0;
    if (weight > 0) {
      const distance = <f64>load<f32>(scores + k) - <f64>load<f32>(targets + k);
      total += 0.5 * weight * distance * distance;
      slope = scale * weight * distance;
    }
    store<f32>(weights + k, <f32>slope);
  }
  return total;
}

function rowGradient(loss: i32, scores: usize, targets: usize, mask: usize, outputs: i32, scale: f64): f64 {
  const bytes = (<usize>outputs) << 2;
  if (loss == softmaxCrossEntropy) return softmaxRow(scores, targets, mask, bytes, scale);
  return loss == logistic
    ? logisticRow(scores, targets, mask, bytes, scale)
    : squaredRow(scores, targets, mask, bytes, scale);
}

/** Σ t (log Σ exp s − s), with the largest score subtracted before exponentiation. */
function softmaxRow(scores: usize, targets: usize, mask: usize, bytes: usize, scale: f64): f64 {
  let largest: f32 = -Infinity;
  for (let k: usize = 0; k < bytes; k += 4) {
    const score = load<f32>(scores + k);
    if (load<i32>(mask + k) && score > largest) largest = score;
  }
  let total: f64 = 0;
  let targetTotal: f64 = 0;
  let product: f64 = 0;
  for (let k: usize = 0; k < bytes; k += 4) {
    if (!load<i32>(mask + k)) continue;
    const below = <f64>load<f32>(scores + k) - <f64>largest;
    const target = <f64>load<f32>(targets + k);
    const share = expOfNegative(below);
    total += share;
    targetTotal += target;
    // A target of 0 says nothing about a score of −∞.
    if (target != 0) product += target * below;
    store<f32>(scores + k, <f32>share);
  }
  for (let k: usize = 0; k < bytes; k += 4) {
    let slope: f64 = 0;
    if (load<i32>(mask + k)) {
      slope = scale * ((targetTotal * <f64>load<f32>(scores + k)) / total - <f64>load<f32>(targets + k));
    }
    store<f32>(scores + k, <f32>slope);
  }
  return targetTotal * log(total) - product;
}

/** Σ log(1 + exp s) − t s, in the form that never overflows. */
function logisticRow(scores: usize, targets: usize, mask: usize, bytes: usize, scale: f64): f64 {
  let loss: f64 = 0;
  for (let k: usize = 0; k < bytes; k += 4) {
    let slope: f64 = 0;
    if (load<i32>(mask + k)) {
      const score = <f64>load<f32>(scores + k);
      const target = <f64>load<f32>(targets + k);
      const small = expOfNegative(-abs(score));
      loss += max(score, 0) - score * target + log(1 + small);
      slope = scale * ((score >= 0 ? 1 : small) / (1 + small) - target);
    }
    store<f32>(scores + k, <f32>slope);
  }
  return loss;
}

/** Σ ½ (s − t)² */
function squaredRow(scores: usize, targets: usize, mask: usize, bytes: usize, scale: f64): f64 {
  let loss: f64 = 0;
  for (let k: usize = 0; k < bytes; k += 4) {
    let slope: f64 = 0;
    if (load<i32>(mask + k)) {
      const distance = <f64>load<f32>(scores + k) - <f64>load<f32>(targets + k);
      loss += 0.5 * distance * distance;
      slope = scale * distance;
    }
    store<f32>(scores + k, <f32>slope);
  }
  return loss;
}
