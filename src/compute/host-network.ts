import type { TensorInfo } from '@tensorflow/tfjs-core';
import { asTendrilError, TendrilError } from '../errors.ts';
import { adamFactors, adamStep, anchorStep } from './adam.ts';
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
import { parameterLayout } from './parameter-layout.ts';

interface Weights {
  readonly wide: TensorInfo;
  readonly hidden: TensorInfo | undefined;
  readonly deep: TensorInfo | undefined;
}

interface Activations {
  readonly hidden: TensorInfo | undefined;
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
  readonly #parameters;
  readonly #firstMoment;
  readonly #secondMoment;
  readonly #gradient;
  readonly #onDispose: () => void;
  #step: number;
  #weights: Weights | undefined;
  #temporaries: TensorInfo[] = [];
  #disposed = false;

  constructor(tensors: HostTensors, spec: NetworkSpec, state: NetworkState, onDispose: () => void) {
    checkState(tensors.name, spec, state);
    this.spec = spec;
    this.backend = tensors.name;
    this.#tensors = tensors;
    this.#layout = parameterLayout(spec);
    this.#parameters = state.parameters.slice();
    this.#firstMoment = state.firstMoment.slice();
    this.#secondMoment = state.secondMoment.slice();
    this.#gradient = new Float32Array(this.#parameters.length);
    this.#step = state.step;
    this.#onDispose = onDispose;
  }

  /** Bytes of the vectors kept outside the backend's tensors. */
  get vectorBytes(): number {
    return 4 * this.#parameters.byteLength;
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
      this.#backward(batch);
      const factors = adamFactors(this.spec.optimizer, this.#step + 1);
      adamStep(factors, this.#gradient, this.#parameters, this.#firstMoment, this.#secondMoment);
      if (batch.anchor) anchorStep(factors, batch.anchor, this.#parameters, this.#secondMoment);
      this.#step += 1;
      this.#releaseWeights();
    });
  }

  async gradients(batch: Batch): Promise<{ loss: number; gradients: Float32Array<ArrayBuffer> }> {
    return this.#run(() => ({ loss: this.#backward(batch, { withLoss: true }), gradients: this.#gradient.slice() }));
  }

  async squaredGradients(batch: Batch): Promise<Float32Array<ArrayBuffer>> {
    return this.#run(() => {
      this.#backward(batch, { squared: true });
      const rows = batch.weights.length;
      return this.#gradient.map((sum) => sum * rows * rows);
    });
  }

  async state(): Promise<NetworkState> {
    return this.#run(() => ({
      parameters: this.#parameters.slice(),
      firstMoment: this.#firstMoment.slice(),
      secondMoment: this.#secondMoment.slice(),
      step: this.#step,
    }));
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
    const { inputSize } = this.spec;
    const { bias, hiddenWeight } = this.#layout;
    const weights = this.#currentWeights();
    const input = this.#upload(inputs, rows, inputSize);
    const scores = this.#matMul(input, weights.wide);
    const hidden = this.#hidden(input);
    const deep = hidden && weights.deep && this.#matMul(hidden, weights.deep);
    const values = this.#tensors.values(scores);
    addBias(values, this.#parameters.subarray(bias, hiddenWeight));
    if (deep) addInto(values, this.#tensors.values(deep));
    return { hidden, scores };
  }

  #hidden(input: TensorInfo): TensorInfo | undefined {
    const { hiddenBias, deepWeight } = this.#layout;
    const weights = this.#currentWeights().hidden;
    const hidden = weights && this.#matMul(input, weights);
    if (hidden) addBiasAndRectify(this.#tensors.values(hidden), this.#parameters.subarray(hiddenBias, deepWeight));
    return hidden;
  }

  /**
   * Leaves the gradient of the batch in `#gradient`; with `squared`, the sum of the squares of its rows' gradients: those are products of an activation and a
   * derivative, so that squaring both before they are multiplied does it. @returns the loss, where it is asked for
   */
  #backward(batch: Batch, { withLoss = false, squared = false } = {}): number {
    checkBatch(this.backend, this.spec, batch);
    const { inputSize } = this.spec;
    const rows = batch.weights.length;
    const { wideWeight, bias, hiddenWeight } = this.#layout;
    const { hidden, scores } = this.#forward(batch.inputs, rows);
    const loss = withLoss ? batchLoss(this.spec, this.#tensors.values(scores), batch) : 0;
    scoresToLossGradient(this.spec, this.#tensors.values(scores), batch);

    const { deep } = this.#currentWeights();
    const hiddenGradient = hidden && deep && this.#hiddenGradient(scores, deep, hidden);
    const inputs = transposed(batch.inputs, rows, inputSize);
    if (squared) {
      for (const tensor of [scores, hidden, hiddenGradient]) if (tensor) squareInPlace(this.#tensors.values(tensor));
      squareInPlace(inputs);
    }
    const inputTransposed = this.#upload(inputs, inputSize, rows);
    this.#keepGradient(this.#matMul(inputTransposed, scores), wideWeight);
    sumRowsInto(this.#gradient.subarray(bias, hiddenWeight), this.#tensors.values(scores));
    if (hidden && hiddenGradient) this.#backwardHidden(inputTransposed, hidden, hiddenGradient, scores, rows);
    return loss;
  }

  #hiddenGradient(scoreGradient: TensorInfo, deep: TensorInfo, hidden: TensorInfo): TensorInfo {
    const gradient = this.#matMul(scoreGradient, deep, true);
    closeGates(this.#tensors.values(gradient), this.#tensors.values(hidden));
    return gradient;
  }

  #backwardHidden(
    inputTransposed: TensorInfo,
    hidden: TensorInfo,
    hiddenGradient: TensorInfo,
    scoreGradient: TensorInfo,
    rows: number,
  ): void {
    const { hiddenSize } = this.spec;
    const { hiddenWeight, hiddenBias, deepWeight } = this.#layout;
    const hiddenTransposed = transposed(this.#tensors.values(hidden), rows, hiddenSize);
    this.#keepGradient(this.#matMul(this.#upload(hiddenTransposed, hiddenSize, rows), scoreGradient), deepWeight);
    this.#keepGradient(this.#matMul(inputTransposed, hiddenGradient), hiddenWeight);
    sumRowsInto(this.#gradient.subarray(hiddenBias, deepWeight), this.#tensors.values(hiddenGradient));
  }

  #currentWeights(): Weights {
    if (this.#weights) return this.#weights;
    const { inputSize, hiddenSize, outputSize } = this.spec;
    const { wideWeight, bias, hiddenWeight, hiddenBias, deepWeight, size } = this.#layout;
    const block = (start: number, end: number, shape: [number, number]): TensorInfo | undefined =>
      end > start ? this.#tensors.upload(this.#parameters.subarray(start, end), shape) : undefined;
    this.#weights = {
      wide: this.#tensors.upload(this.#parameters.subarray(wideWeight, bias), [inputSize, outputSize]),
      hidden: block(hiddenWeight, hiddenBias, [inputSize, hiddenSize]),
      deep: block(deepWeight, size, [hiddenSize, outputSize]),
    };
    return this.#weights;
  }

  #releaseWeights(): void {
    const { wide, hidden, deep } = this.#weights ?? {};
    for (const tensor of [wide, hidden, deep]) if (tensor) this.#tensors.release(tensor);
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
