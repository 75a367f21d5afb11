import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential, type Sequential } from '@tensorflow/tfjs-layers';
import { ADAM, type Contender, type Job } from '../contender.ts';
import { batchesOf, inputsOf, layersOf, outputsOf, type Rows, type Shape } from '../workload.ts';
import { elapsedMs, inputRows, type InputRows } from './timing.ts';
import { openTfjs } from './open-tfjs.ts';
import { serve } from './serve.ts';

/** tfjs as its users train with it; what {@link Job.lean} says is the least that it can do. */
class TfjsLayers implements Contender {
  #model: Sequential | undefined;
  #job: Job | undefined;
  #inputs: InputRows | undefined;
  #batches: readonly Rows[] = [];
  #step = 0;

  async open(job: Job): Promise<void> {
    await openTfjs(job);
    this.#job = job;
    this.#inputs = inputRows(job);
    this.#model = compiled(job.shape);
    this.#batches = batchesOf(job.shape, job.rows);
  }

  train(steps: number): Promise<number> {
    const { lean = false } = this.#opened().job;
    return elapsedMs(lean ? () => this.#trainLean(steps) : () => this.#train(steps));
  }

  predict(calls: number, rows: number): Promise<number> {
    const { job, inputs } = this.#opened();
    const columns = inputsOf(job.shape);
    return elapsedMs(async () => {
      for (let call = 0; call < calls; call++) await this.#predict(inputs(call, rows), [rows, columns]);
    });
  }

  async scores(rows: number, call = 0): Promise<readonly number[]> {
    const { job, inputs } = this.#opened();
    return Array.from(await this.#predict(inputs(call, rows), [rows, inputsOf(job.shape)]));
  }

  async close(): Promise<void> {
    this.#model?.dispose();
  }

  async #train(steps: number): Promise<void> {
    const { model } = this.#opened();
    for (let i = 0; i < steps; i++) {
      const [inputs, targets] = this.#nextBatch();
      await model.trainOnBatch(inputs, targets);
      tf.dispose([inputs, targets]);
    }
  }

  async #trainLean(steps: number): Promise<void> {
    const { model } = this.#opened();
    const step = (model as unknown as Inner).model.makeTrainFunction();
    let last: tf.Tensor | undefined;
    for (let i = 0; i < steps; i++) {
      const batch = this.#nextBatch();
      const [loss] = step(batch);
      tf.dispose([batch, ...(last ? [last] : [])]);
      last = loss;
    }
    // Says that the device has done them all.
    await last?.data();
    last?.dispose();
  }

  async #predict(values: Float32Array, shape: [number, number]): Promise<Float32Array> {
    const { model, job } = this.#opened();
    const input = tf.tensor2d(values, shape);
    const output = job.lean ? tf.tidy(() => fusedForward(model, input)) : (model.predictOnBatch(input) as tf.Tensor);
    const scores = await output.data<'float32'>();
    tf.dispose([input, output]);
    return scores;
  }

  #nextBatch(): [tf.Tensor2D, tf.Tensor2D] {
    const { job } = this.#opened();
    const { inputs, targets } = this.#batches[this.#step++ % this.#batches.length]!;
    return [
      tf.tensor2d(inputs, [job.rows, inputsOf(job.shape)]),
      tf.tensor2d(targets, [job.rows, outputsOf(job.shape)]),
    ];
  }

  #opened() {
    if (!this.#model || !this.#job || !this.#inputs) throw new Error('no model is open');
    return { model: this.#model, job: this.#job, inputs: this.#inputs };
  }
}

/** What the declarations of tfjs-layers keep to themselves: a sequential model wraps another one. */
interface Inner {
  readonly model: { makeTrainFunction(): (data: readonly tf.Tensor[]) => [tf.Scalar] };
}

/** Scores leave without a softmax, and the loss takes it in: fewer operations than a softmax layer with `categoricalCrossentropy`. */
function compiled(shape: Shape): Sequential {
  const dense = layersOf(shape);
  const model = sequential();
  dense.forEach(({ inputs, units }, index) => {
    const activation = index < dense.length - 1 ? ('relu' as const) : ('linear' as const);
    model.add(layers.dense({ units, activation, ...(index === 0 && { inputShape: [inputs] }) }));
  });
  const { learningRate, beta1, beta2, epsilon } = ADAM;
  model.compile({ optimizer: tf.train.adam(learningRate, beta1, beta2, epsilon), loss: crossEntropyOfRows });
  model.setWeights(
    dense.flatMap(({ inputs, units, kernel, bias }) => [tf.tensor2d(kernel, [inputs, units]), tf.tensor1d(bias)]),
  );
  return model;
}

function crossEntropyOfRows(targets: tf.Tensor, scores: tf.Tensor): tf.Tensor {
  return tf.losses.softmaxCrossEntropy(targets, scores, undefined, 0, tf.Reduction.NONE);
}

function fusedForward(model: Sequential, input: tf.Tensor2D): tf.Tensor {
  const weights = model.getWeights();
  let values: tf.Tensor = input;
  for (let index = 0; index < weights.length; index += 2) {
    const activation = index + 2 < weights.length ? 'relu' : 'linear';
    values = tf.fused.matMul({
      a: values,
      b: weights[index] as tf.Tensor2D,
      ...(weights[index + 1] && { bias: weights[index + 1] }),
      activation,
    });
  }
  return values;
}

serve(new TfjsLayers());
