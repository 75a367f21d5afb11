import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Batch, LogitTargets, NetworkSpec } from '../../src/compute/compute.ts';
import { parameterLayout } from '../../src/compute/parameter-layout.ts';
import { tolerance } from './compute-cases.ts';
import { allSpecs, largestDifference, learnedState, nameOf, randomBatch, rehearsalBatch } from './compute-fixtures.ts';
import { openInNode } from './compute-open-in-node.ts';

/** The same network and losses in tfjs operations, so that tfjs derives the gradient itself. */
function tfjsLoss(spec: NetworkSpec, batch: Batch): (parameters: tf.Tensor) => tf.Scalar {
  const { inputSize, outputSize, wide } = spec;
  const batchSize = batch.weights.length;
  const { wideWeight, bias, hidden, lastSize, deepWeight } = parameterLayout(spec);
  const inputs = tf.tensor2d(batch.inputs, [batchSize, inputSize]);
  const targets = tf.tensor2d(batch.targets, [batchSize, outputSize]);
  const mask = tf.tensor1d(batch.outputMask);
  const { rowMask, logits } = batch;
  const masks = rowMask ? tf.mul(tf.tensor2d(rowMask, [batchSize, outputSize]), mask) : mask;
  return (parameters) => {
    const block = (start: number, shape: number[]): tf.Tensor =>
      tf.reshape(
        tf.slice(
          parameters,
          start,
          shape.reduce((size, length) => size * length, 1),
        ),
        shape,
      );
    const last = hidden.reduce<tf.Tensor>(
      (below, layer) =>
        tf.relu(
          tf.add(tf.matMul(below, block(layer.weight, [layer.inputSize, layer.size])), block(layer.bias, [layer.size])),
        ),
      inputs,
    );
    const parts = [
      ...(wide ? [tf.matMul(inputs, block(wideWeight, [inputSize, outputSize]))] : []),
      ...(lastSize > 0 ? [tf.matMul(last, block(deepWeight, [lastSize, outputSize]))] : []),
    ];
    const scores = parts.reduce((sum, part) => tf.add(sum, part), block(bias, [outputSize]));
    const outputLosses = {
      'softmax-cross-entropy': () => {
        const unmasked = tf.add(scores, tf.mul(tf.sub(masks, 1), 1e9));
        return tf.mul(targets, tf.sub(tf.logSumExp(unmasked, 1, true), scores));
      },
      logistic: () => tf.sub(tf.softplus(scores), tf.mul(scores, targets)),
      squared: () => tf.mul(0.5, tf.square(tf.sub(scores, targets))),
    };
    const rowLosses = tf.sum(tf.mul(outputLosses[spec.loss](), masks), 1);
    const total = tf.sum(tf.mul(rowLosses, tf.tensor1d(batch.weights)));
    return tf.div(logits ? tf.add(total, logitLoss(scores, logits, mask)) : total, batchSize);
  };
}

function logitLoss(scores: tf.Tensor, { targets, weights }: LogitTargets, mask: tf.Tensor): tf.Tensor {
  const shape = scores.shape as [number, number];
  const distances = tf.square(tf.sub(scores, tf.tensor2d(targets, shape)));
  return tf.mul(0.5, tf.sum(tf.mul(tf.mul(distances, tf.tensor2d(weights, shape)), mask)));
}

describe.each(['cpu', 'wasm'] as const)("gradients on %s are those of tfjs's automatic differentiation", (name) => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
    // Keeps tfjs's advice about another package out of the test's output.
    Object.assign(tf.backend(), { firstUse: false });
  });

  it.each(allSpecs.map((spec) => [nameOf(spec), spec] as const))('%s', async (_, spec) => {
    const backend = await openInNode(name);
    const state = learnedState(spec, 30);
    for (const batch of [randomBatch(spec, 31), rehearsalBatch(spec, 32, 32)]) {
      const { loss, gradients } = await backend.createNetwork(spec, state).gradients(batch);
      const expected = tf.valueAndGrad(tfjsLoss(spec, batch))(tf.tensor1d(state.parameters));
      expect(Math.abs(loss - (await expected.value.data())[0]!)).toBeLessThan(tolerance);
      expect(largestDifference(gradients, await expected.grad.data())).toBeLessThan(tolerance);
    }
    backend.dispose();
  });
});
