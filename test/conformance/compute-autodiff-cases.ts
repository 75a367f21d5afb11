import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BackendName,
  Batch,
  ComputeBackend,
  LogitTargets,
  NetworkSpec,
  OptimizerSpec,
} from '../../src/compute/compute.ts';
import { initialState } from '../../src/compute/fresh-network-state.ts';
import { parameterLayout } from '../../src/compute/parameter-layout.ts';
import { Rng } from '../../src/core/rng.ts';
import {
  allSpecs,
  largestDifference,
  learnedState,
  nameOf,
  networkSpec,
  randomBatch,
  rehearsalBatch,
  sparseBatch,
  tolerance,
} from './compute-fixtures.ts';

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

/** Steps of a network from its fresh state, and of tfjs's own optimizer on the same loss. */
const optimizers: readonly { name: string; ours: OptimizerSpec; tfjs: () => tf.Optimizer }[] = [
  {
    name: 'tf.train.adam',
    ours: { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-7, weightDecay: 0 },
    tfjs: () => tf.train.adam(0.01, 0.9, 0.99, 1e-7),
  },
  {
    name: 'tf.train.sgd',
    ours: { kind: 'sgd', learningRate: 0.05, momentum: 0, weightDecay: 0 },
    tfjs: () => tf.train.sgd(0.05),
  },
  {
    name: 'tf.train.momentum',
    ours: { kind: 'sgd', learningRate: 0.05, momentum: 0.9, weightDecay: 0 },
    tfjs: () => tf.train.momentum(0.05, 0.9),
  },
  {
    name: 'tf.train.adagrad',
    ours: { kind: 'adagrad', learningRate: 0.05, epsilon: 1e-7, weightDecay: 0 },
    tfjs: () => tf.train.adagrad(0.05, sumAtFirst),
  },
];

/** tfjs starts AdaGrad's sums here (or where it is told, but not at 0) and takes the root of sum + 1e-7; ours start at 0 and add epsilon to the root. */
const sumAtFirst = 0.1;

/** What tfjs derives and steps by itself, on its plain cpu backend, is what this backend gives. None of tfjs's optimizers decays weights. */
export function describeAgainstTfjs(name: BackendName, open: (name: BackendName) => Promise<ComputeBackend>): void {
  describe(`${name} against tfjs`, () => {
    let backend: ComputeBackend;
    beforeAll(async () => {
      await tf.setBackend('cpu');
      // Keeps tfjs's advice about another package out of the test's output.
      Object.assign(tf.backend(), { firstUse: false });
      backend = await open(name);
    });
    afterAll(() => backend.dispose());

    describe('gradients are those of automatic differentiation', () => {
      it.each(allSpecs.map((spec) => [nameOf(spec), spec] as const))('%s', async (_, spec) => {
        const state = learnedState(spec, 30);
        const network = backend.createNetwork(spec, state);
        for (const batch of [randomBatch(spec, 31), sparseBatch(spec, 32), rehearsalBatch(spec, 33, 32)]) {
          const { loss, gradients } = await network.gradients(batch);
          const expected = tf.valueAndGrad(tfjsLoss(spec, batch))(tf.tensor1d(state.parameters));
          expect(Math.abs(loss - (await expected.value.data())[0]!)).toBeLessThan(tolerance);
          expect(largestDifference(gradients, await expected.grad.data())).toBeLessThan(tolerance);
        }
        network.dispose();
      });
    });

    it.each(optimizers)('ten steps are those of $name', async ({ ours, tfjs }) => {
      const spec: NetworkSpec = { ...networkSpec('softmax-cross-entropy', 0), hiddenSizes: [21, 18], optimizer: ours };
      const fresh = initialState(spec, Rng.fromSeed(1));
      const sums = ours.kind === 'adagrad' ? fresh.secondMoment.fill(sumAtFirst) : fresh.secondMoment;
      const network = backend.createNetwork(spec, { ...fresh, secondMoment: sums });
      const variable = tf.variable(tf.tensor1d(fresh.parameters));
      const optimizer = tfjs();
      for (let step = 0; step < 10; step++) {
        const batch = randomBatch(spec, 50 + step);
        await network.learn(batch);
        const cost = optimizer.minimize(() => tfjsLoss(spec, batch)(variable), true, [variable]);
        expect(Math.abs((await network.lastLoss()) - (await cost!.data())[0]!)).toBeLessThan(tolerance);
      }
      const { parameters } = await network.state();
      expect(largestDifference(parameters, fresh.parameters), 'they lead somewhere').toBeGreaterThan(0.01);
      expect(largestDifference(parameters, await variable.data())).toBeLessThan(10 * tolerance);
      network.dispose();
      variable.dispose();
    });
  });
}
