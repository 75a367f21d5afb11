import type { Batch } from '../compute.ts';

/** What a batch brings beside its inputs, in the order in which the work buffer has it; without logits their part is left out. */
export function batchLabels(batch: Batch): Float32Array<ArrayBuffer> {
  const { weights, targets, logits } = batch;
  const parts = [weights, targets, masks(batch)];
  if (logits) parts.push(logits.targets, logitWeights(logits.weights, batch));
  return joined(...parts);
}

/** What takes part in each row's loss, [rows, outputSize]: the output mask and the row's own. */
function masks({ targets, outputMask, rowMask }: Batch): Float32Array {
  const masks = new Float32Array(targets.length);
  for (let i = 0; i < masks.length; i++) masks[i] = (rowMask ? rowMask[i]! : 1) * outputMask[i % outputMask.length]!;
  return masks;
}

/** 0 for outputs that are not in use. */
function logitWeights(given: Float32Array, { outputMask }: Batch): Float32Array {
  return given.map((weight, i) => weight * outputMask[i % outputMask.length]!);
}

export function joined(...vectors: ArrayLike<number>[]): Float32Array<ArrayBuffer> {
  const result = new Float32Array(vectors.reduce((sum, vector) => sum + vector.length, 0));
  let offset = 0;
  for (const vector of vectors) {
    result.set(vector, offset);
    offset += vector.length;
  }
  return result;
}
