import type { TensorInfo } from '@tensorflow/tfjs-core';
import { asTendrilError, TendrilError } from '../errors.ts';
import { checkBatch, checkInputs, checkState } from './check-arguments.ts';
import type { BackendName, Batch, Network, NetworkSpec, NetworkState } from './compute.ts';
import {
  addBias,
  addBiasAndRectify,
  addInto,
  closeGates,
  squareInPlace,
  sumRowsInto,
  transposed,
} from './dense-vectors.ts';
import type { HostTensors } from './host-tensors.ts';
import { batchLoss, scoresToLossGradient } from './loss.ts';
import { optimizerStep, type StepVectors } from './optimizers.ts';
import { parameterLayout } from './parameter-layout.ts';

interface Weights {
  readonly wide: TensorInfo | undefined;
  /** One for each hidden layer. */
  readonly hidden: readonly TensorInfo[];
  readonly deep: TensorInfo | undefined;
}

interface Activations {
  /** One for each hidden layer. */
  readonly hidden: readonly TensorInfo[];
  readonly scores: TensorInfo;
}

/**
 * A network on the cpu or wasm backend. Matrix products are tfjs kernels; everything else runs over typed arrays,
 * because at these sizes an operation costs more than its arithmetic. The weights are tensors only between two training
 * steps: XNNPACK packs a weight matrix once per tensor, so that a tensor changed in place would go unnoticed.
 * Every call does its work before its promise is returned; that alone keeps overlapping calls in order.
 */
export class HostNetwork implements Network {
  readonly spec: NetworkSpec;
  readonly backend: BackendName;
  readonly #tensors: HostTensors;
  readonly #layout;
  readonly #vectors: StepVectors;
  readonly #gradient;
  readonly #onDispose: () => void;
  #step: number;
  #lastLoss = NaN;
  #weights: Weights | undefined;
  #temporaries: TensorInfo[] = [];
  #disposed = false;

  constructor(tensors: HostTensors, spec: NetworkSpec, state: NetworkState, onDispose: () => void) {
    checkState(tensors.name, spec, state);
    this.spec = spec;
    this.backend = tensors.name;
    this.#tensors = tensors;
    this.#layout = parameterLayout(spec);
    this.#vectors = copyOf(state);
    this.#gradient = new Float32Array(state.parameters.length);
    this.#step = state.step;
    this.#onDispose = onDispose;
  }

  /** Bytes of the vectors kept outside the backend's tensors. */
  get vectorBytes(): number {
    const { parameters, firstMoment, secondMoment } = this.#vectors;
    return this.#gradient.byteLength + parameters.byteLength + firstMoment.byteLength + secondMoment.byteLength;
  }

  async predict(inputs: Float32Array, rows: number): Promise<Float32Array<ArrayBuffer>> {
    return this.#run(() => {
      checkInputs(this.backend, this.spec, inputs, rows);
      if (rows === 0) return new Float32Array(0);
      const { scores } = this.#forward(inputs, rows);
      return new Float32Array(this.#tensors.values(scores));
    });
  }

  async learn(batch: Batch): Promise<void> {
    this.#run(() => {
      this.#lastLoss = this.#backward(batch);
      optimizerStep(this.spec.optimizer, this.#step + 1, this.#gradient, this.#vectors, batch.anchor);
      this.#step += 1;
      this.#releaseWeights();
    });
  }

  async lastLoss(): Promise<number> {
    return this.#run(() => this.#lastLoss);
  }

  async gradients(batch: Batch): Promise<{ loss: number; gradients: Float32Array<ArrayBuffer> }> {
    return this.#run(() => ({ loss: this.#backward(batch), gradients: this.#gradient.slice() }));
  }

  async squaredGradients(batch: Batch): Promise<Float32Array<ArrayBuffer>> {
    return this.#run(() => {
      this.#backward(batch, true);
      const rows = batch.weights.length;
      return this.#gradient.map((sum) => sum * rows * rows);
    });
  }

  async state(): Promise<NetworkState> {
    return this.#run(() => ({ ...copyOf(this.#vectors), step: this.#step }));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#releaseWeights();
    this.#onDispose();
  }

  #run<T>(work: () => T): T {
    if (this.#disposed)
      throw new TendrilError('COMPUTE_FAILED', { backend: this.backend, reason: 'the network was disposed' });
    try {
      return work();
    } catch (caught) {
      throw asTendrilError(caught, 'COMPUTE_FAILED', { backend: this.backend });
    } finally {
      for (const tensor of this.#temporaries) this.#tensors.release(tensor);
      this.#temporaries = [];
    }
  }

  #forward(inputs: Float32Array, rows: number): Activations {
    const { inputSize, outputSize } = this.spec;
    const { wide, deep } = this.#currentWeights();
    const input = this.#upload(inputs, rows, inputSize);
    const direct = wide && this.#matMul(input, wide);
    const hidden = this.#hidden(input);
    const last = hidden.at(-1);
    const above = deep && last && this.#matMul(last, deep);
    const scores = direct ?? above ?? this.#upload(new Float32Array(rows * outputSize), rows, outputSize);
    const { bias } = this.#layout;
    addBias(this.#tensors.values(scores), this.#vectors.parameters.subarray(bias, bias + outputSize));
    if (above && above !== scores) addInto(this.#tensors.values(scores), this.#tensors.values(above));
    return { hidden, scores };
  }

  #hidden(input: TensorInfo): TensorInfo[] {
    const weights = this.#currentWeights().hidden;
    let below = input;
    return this.#layout.hidden.map(({ bias, size }, index) => {
      below = this.#matMul(below, weights[index]!);
      addBiasAndRectify(this.#tensors.values(below), this.#vectors.parameters.subarray(bias, bias + size));
      return below;
    });
  }

  /**
   * Leaves the gradient of the batch in `#gradient`; with `squared`, the sum of the squares of its rows' gradients: those are products of an activation and a
   * derivative, so that squaring both before they are multiplied does it. @returns the loss
   */
  #backward(batch: Batch, squared = false): number {
    checkBatch(this.backend, this.spec, batch);
    const { inputSize, outputSize, wide } = this.spec;
    const rows = batch.weights.length;
    const { wideWeight, bias, deepWeight, lastSize } = this.#layout;
    const { hidden, scores } = this.#forward(batch.inputs, rows);
    const loss = batchLoss(this.spec, this.#tensors.values(scores), batch);
    scoresToLossGradient(this.spec, this.#tensors.values(scores), batch);

    const slopes = this.#hiddenGradients(scores, hidden);
    const inputs = transposed(batch.inputs, rows, inputSize);
    if (squared) {
      for (const tensor of [scores, ...hidden, ...slopes]) squareInPlace(this.#tensors.values(tensor));
      squareInPlace(inputs);
    }
    let below = this.#upload(inputs, inputSize, rows);
    if (wide) this.#keepGradient(this.#matMul(below, scores), wideWeight);
    sumRowsInto(this.#gradient.subarray(bias, bias + outputSize), this.#tensors.values(scores));
    this.#layout.hidden.forEach((layer, index) => {
      const slope = slopes[index]!;
      this.#keepGradient(this.#matMul(below, slope), layer.weight);
      sumRowsInto(this.#gradient.subarray(layer.bias, layer.bias + layer.size), this.#tensors.values(slope));
      const above = transposed(this.#tensors.values(hidden[index]!), rows, layer.size);
      below = this.#upload(above, layer.size, rows);
    });
    if (lastSize > 0) this.#keepGradient(this.#matMul(below, scores), deepWeight);
    return loss;
  }

  /** Derivatives of the loss with respect to the sums of each hidden layer. */
  #hiddenGradients(scoreGradient: TensorInfo, hidden: readonly TensorInfo[]): TensorInfo[] {
    const weights = this.#currentWeights();
    const gradients: TensorInfo[] = [];
    let above = scoreGradient;
    const kernels = weights.deep ? [...weights.hidden.slice(1), weights.deep] : [];
    for (let index = hidden.length - 1; index >= 0; index--) {
      above = this.#matMul(above, kernels[index]!, true);
      closeGates(this.#tensors.values(above), this.#tensors.values(hidden[index]!));
      gradients.unshift(above);
    }
    return gradients;
  }

  #currentWeights(): Weights {
    if (this.#weights) return this.#weights;
    const { inputSize, outputSize } = this.spec;
    const { wideWeight, hidden, deepWeight, lastSize } = this.#layout;
    const block = (start: number, rows: number, columns: number): TensorInfo =>
      this.#tensors.upload(this.#vectors.parameters.subarray(start, start + rows * columns), [rows, columns]);
    this.#weights = {
      wide: this.spec.wide ? block(wideWeight, inputSize, outputSize) : undefined,
      hidden: hidden.map(({ weight, inputSize: rows, size }) => block(weight, rows, size)),
      deep: lastSize > 0 ? block(deepWeight, lastSize, outputSize) : undefined,
    };
    return this.#weights;
  }

  #releaseWeights(): void {
    const { wide, hidden = [], deep } = this.#weights ?? {};
    for (const tensor of [wide, ...hidden, deep]) if (tensor) this.#tensors.release(tensor);
    this.#weights = undefined;
  }

  #upload(values: Float32Array, rows: number, columns: number): TensorInfo {
    return this.#temporary(this.#tensors.upload(values, [rows, columns]));
  }

  #matMul(a: TensorInfo, b: TensorInfo, transposeB = false): TensorInfo {
    return this.#temporary(this.#tensors.matMul(a, b, transposeB));
  }

  #temporary(tensor: TensorInfo): TensorInfo {
    this.#temporaries.push(tensor);
    return tensor;
  }

  #keepGradient(tensor: TensorInfo, offset: number): void {
    this.#gradient.set(this.#tensors.values(tensor), offset);
  }
}

function copyOf({ parameters, firstMoment, secondMoment }: StepVectors): StepVectors {
  return { parameters: parameters.slice(), firstMoment: firstMoment.slice(), secondMoment: secondMoment.slice() };
}
