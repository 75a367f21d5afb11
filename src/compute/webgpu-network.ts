import type { TensorInfo } from '@tensorflow/tfjs-core';
import { asTendrilError, TendrilError } from '../errors.ts';
import { checkBatch, checkInputs, checkState } from './check-arguments.ts';
import type { AdamSpec, Anchor, Batch, Network, NetworkSpec, NetworkState } from './compute.ts';
import { batchLoss, logitWeights, rowMasks } from './loss.ts';
import { adamFactors } from './optimizers.ts';
import { parameterLayout } from './parameter-layout.ts';
import { chunkRows } from './row-buckets.ts';
import {
  adamProgram,
  gradientProgram,
  hiddenGradientProgram,
  hiddenProgram,
  lossGradientProgram,
  scoresProgram,
  type FusedProgram,
} from './webgpu-programs.ts';
import type { WebGpuTensors } from './webgpu-tensors.ts';

/** Steps that may wait on the device before `learn` waits for it: otherwise a fast caller would queue without bound. */
const stepsInFlight = 8;

interface Activations {
  readonly hidden: TensorInfo | undefined;
  readonly scores: TensorInfo;
}

/**
 * A network on WebGPU: two programs a prediction and five a training step (one and three without a hidden layer),
 * because each dispatch costs tens of microseconds whatever it computes (arXiv 2604.02344).
 * Every call records its work before its promise is returned; that alone keeps overlapping calls in order.
 */
export class WebGpuNetwork implements Network {
  readonly spec: NetworkSpec;
  readonly backend = 'webgpu';
  readonly #tensors: WebGpuTensors;
  readonly #uniforms;
  readonly #programs;
  readonly #onDispose: () => void;
  readonly #size: number;
  readonly #optimizer: AdamSpec;
  readonly #hiddenSize: number;
  /** Parameters, first moment, second moment, one after the other. */
  #state: TensorInfo;
  #step: number;
  /** The last anchor given, and where it is on the device. */
  #anchor: { readonly given: Anchor; readonly tensor: TensorInfo } | undefined;
  #temporaries: TensorInfo[] = [];
  #disposed = false;

  constructor(tensors: WebGpuTensors, spec: NetworkSpec, state: NetworkState, onDispose: () => void) {
    checkState('webgpu', spec, state);
    tensors.assertUsable();
    const { wide, hiddenSizes, optimizer, inputSize, outputSize } = spec;
    if (!wide || hiddenSizes.length > 1 || optimizer.kind !== 'adam')
      throw new TendrilError('COMPUTE_FAILED', { backend: 'webgpu', reason: 'there are no programs for this network' });
    const { size, deepWeight, lastSize, bias, hidden } = parameterLayout(spec);
    const hasHidden = lastSize > 0;
    const { weight: hiddenWeight, bias: hiddenBias } = hidden[0] ?? { weight: deepWeight, bias: deepWeight };
    this.#optimizer = optimizer;
    this.#hiddenSize = lastSize;
    this.spec = spec;
    this.#tensors = tensors;
    this.#size = size;
    this.#uniforms = { inputSize, hiddenSize: lastSize, outputSize, bias, hiddenWeight, hiddenBias, deepWeight };
    this.#programs = {
      scores: scoresProgram(hasHidden),
      lossGradient: lossGradientProgram(spec.loss, false),
      lossAndLogitGradient: lossGradientProgram(spec.loss, true),
      gradient: gradientProgram(hasHidden, false),
      squaredGradient: gradientProgram(hasHidden, true),
      adam: adamProgram(hasHidden, false),
      anchoredAdam: adamProgram(hasHidden, true),
    };
    this.#step = state.step;
    this.#state = tensors.upload(joined(state.parameters, state.firstMoment, state.secondMoment));
    this.#onDispose = onDispose;
  }

  async predict(inputs: Float32Array, rows: number): Promise<Float32Array<ArrayBuffer>> {
    const { inputSize, outputSize } = this.spec;
    const chunks = chunkRows(rows);
    const pending = this.#record(() => {
      checkInputs('webgpu', this.spec, inputs, rows);
      const outputs = chunks.map(({ start, count, padded }) => {
        const part = new Float32Array(padded * inputSize);
        part.set(inputs.subarray(start * inputSize, (start + count) * inputSize));
        return this.#forward(this.#upload(part), padded).scores;
      });
      return outputs.map((output) => this.#tensors.read(output));
    });
    const parts = await this.#settled(pending);
    const values = new Float32Array(rows * outputSize);
    chunks.forEach(({ start, count }, i) => values.set(parts[i]!.subarray(0, count * outputSize), start * outputSize));
    return values;
  }

  async learn(batch: Batch): Promise<void> {
    this.#record(() => {
      const { parts } = this.#backward(batch);
      const { kind: _, beta1, beta2, ...factors } = adamFactors(this.#optimizer, this.#step + 1);
      const batchSize = batch.weights.length;
      const uniforms = { ...this.#uniforms, batchSize, ...factors, beta1, share1: 1 - beta1, beta2, share2: 1 - beta2 };
      const { adam, anchoredAdam } = this.#programs;
      const [program, inputs] = batch.anchor
        ? [anchoredAdam, [this.#state, ...parts, this.#anchorTensor(batch.anchor)]]
        : [adam, [this.#state, ...parts]];
      const next = this.#tensors.run(program, inputs, uniforms, 3 * this.#size, this.#size);
      this.#temporary(this.#state);
      this.#state = next;
      this.#step += 1;
      this.#tensors.submit();
    });
    if (this.#step % stepsInFlight === 0) await this.#settled([this.#tensors.finished()]);
  }

  async lastLoss(): Promise<number> {
    throw new TendrilError('COMPUTE_FAILED', { backend: 'webgpu', reason: 'the loss of a step is not kept yet' });
  }

  async gradients(batch: Batch): Promise<{ loss: number; gradients: Float32Array<ArrayBuffer> }> {
    const pending = this.#record(() => {
      const { scores, parts } = this.#backward(batch);
      const gradients = this.#run(this.#programs.gradient, parts, this.#size, this.#size, batch.weights.length);
      return [this.#tensors.read(scores), this.#tensors.read(gradients)];
    });
    const results = await this.#settled(pending);
    return { loss: batchLoss(this.spec, results[0]!, batch), gradients: results[1]! };
  }

  async squaredGradients(batch: Batch): Promise<Float32Array<ArrayBuffer>> {
    const rows = batch.weights.length;
    const pending = this.#record(() => {
      const { parts } = this.#backward(batch);
      return [this.#tensors.read(this.#run(this.#programs.squaredGradient, parts, this.#size, this.#size, rows))];
    });
    const results = await this.#settled(pending);
    return results[0]!.map((sum) => sum * rows * rows);
  }

  async state(): Promise<NetworkState> {
    const step = this.#step;
    const results = await this.#settled(this.#record(() => [this.#tensors.read(this.#state)]));
    const part = (index: number): Float32Array<ArrayBuffer> =>
      results[0]!.slice(index * this.#size, (index + 1) * this.#size);
    return { parameters: part(0), firstMoment: part(1), secondMoment: part(2), step };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#tensors.release(this.#state);
    if (this.#anchor) this.#tensors.release(this.#anchor.tensor);
    this.#onDispose();
  }

  #forward(input: TensorInfo, rows: number): Activations {
    const { outputSize } = this.spec;
    const hidden = this.#hiddenSize > 0 ? this.#hidden(input, rows) : undefined;
    const inputs = hidden ? [input, this.#state, hidden] : [input, this.#state];
    return { hidden, scores: this.#run(this.#programs.scores, inputs, rows * outputSize) };
  }

  #hidden(input: TensorInfo, rows: number): TensorInfo {
    return this.#run(hiddenProgram, [input, this.#state], rows * this.#hiddenSize);
  }

  /** An anchor stays for many steps. */
  #anchorTensor(anchor: Anchor): TensorInfo {
    if (this.#anchor?.given !== anchor) {
      if (this.#anchor) this.#temporary(this.#anchor.tensor);
      this.#anchor = { given: anchor, tensor: this.#tensors.upload(joined(anchor.importance, anchor.parameters)) };
    }
    return this.#anchor.tensor;
  }

  /** @returns the scores, and in `parts` what the parameters' gradient is made of, in the order of the programs' inputs */
  #backward(batch: Batch): { scores: TensorInfo; parts: TensorInfo[] } {
    checkBatch('webgpu', this.spec, batch);
    const { outputSize } = this.spec;
    const rows = batch.weights.length;
    const input = this.#upload(Float32Array.from(batch.inputs));
    const labels = this.#upload(this.#labels(batch));
    const { hidden, scores } = this.#forward(input, rows);
    const program = batch.logits ? this.#programs.lossAndLogitGradient : this.#programs.lossGradient;
    const scoreGradient = this.#run(program, [scores, labels], rows * outputSize, rows, rows);
    if (!hidden) return { scores, parts: [input, scoreGradient] };
    const hiddenInputs = [scoreGradient, this.#state, hidden];
    const hiddenGradient = this.#run(hiddenGradientProgram, hiddenInputs, rows * this.#hiddenSize);
    return { scores, parts: [input, scoreGradient, hidden, hiddenGradient] };
  }

  #labels(batch: Batch): Float32Array<ArrayBuffer> {
    const parts = [batch.targets, batch.weights, rowMasks(this.spec, batch)];
    if (batch.logits) parts.push(batch.logits.targets, logitWeights(this.spec, batch));
    return joined(...parts);
  }

  #record<T>(work: () => T): T {
    if (this.#disposed)
      throw new TendrilError('COMPUTE_FAILED', { backend: 'webgpu', reason: 'the network was disposed' });
    this.#tensors.assertUsable();
    try {
      return work();
    } catch (caught) {
      throw asTendrilError(caught, 'COMPUTE_FAILED', { backend: 'webgpu' });
    } finally {
      for (const tensor of this.#temporaries) this.#tensors.release(tensor);
      this.#temporaries = [];
    }
  }

  async #settled<T>(pending: Promise<T>[]): Promise<T[]> {
    try {
      return await Promise.all(pending);
    } catch (caught) {
      throw asTendrilError(caught, 'COMPUTE_FAILED', { backend: 'webgpu' });
    }
  }

  /** @param batchSize rows of the training batch, where the program asks for them */
  #run(
    program: FusedProgram,
    inputs: TensorInfo[],
    outputLength: number,
    threads = outputLength,
    batchSize = 0,
  ): TensorInfo {
    const uniforms = { ...this.#uniforms, batchSize };
    return this.#temporary(this.#tensors.run(program, inputs, uniforms, outputLength, threads));
  }

  #upload(values: Float32Array<ArrayBuffer>): TensorInfo {
    return this.#temporary(this.#tensors.upload(values));
  }

  #temporary(tensor: TensorInfo): TensorInfo {
    this.#temporaries.push(tensor);
    return tensor;
  }
}

function joined(...vectors: Float32Array[]): Float32Array<ArrayBuffer> {
  const result = new Float32Array(vectors.reduce((sum, vector) => sum + vector.length, 0));
  let offset = 0;
  for (const vector of vectors) {
    result.set(vector, offset);
    offset += vector.length;
  }
  return result;
}
