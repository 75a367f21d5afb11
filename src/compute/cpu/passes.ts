import type { Batch, NetworkSpec } from '../compute.ts';
import {
  clear,
  closeGates,
  createMatrix,
  fillRows,
  lookForZeros,
  rectify,
  square,
  sumRows,
  transpose,
} from './matrix.ts';
import type { Matrix } from './matrix.ts';
import { addProduct, addTransposedProduct } from './products.ts';
import { Workspace } from './workspace.ts';
import { lossToGradient } from './loss.ts';
import { parameterLayout } from '../parameter-layout.ts';

/** Rows of a prediction that are computed in one go: their activations stay in the processor's cache. */
const rowsAtOnce = 64;

/** Forward and backward passes of one network over its flat vectors, without any allocation once they have seen as many rows before. */
export class CpuPasses {
  readonly #spec: NetworkSpec;
  readonly #layout;
  readonly #parameters: Float32Array;
  readonly #gradient: Float32Array;
  readonly #weights: Blocks;
  readonly #slopes: Blocks;
  /** Transposes of the weights above each hidden layer. */
  readonly #transposed: readonly Matrix[];
  readonly #lossSlopes: Float64Array;
  #workspace: Workspace;

  /** @param parameters read whenever a pass runs @param gradient of the same length, written by {@link backward} */
  constructor(spec: NetworkSpec, parameters: Float32Array, gradient: Float32Array) {
    this.#spec = spec;
    this.#layout = parameterLayout(spec);
    this.#parameters = parameters;
    this.#gradient = gradient;
    this.#weights = blocksOf(spec, parameters);
    this.#slopes = blocksOf(spec, gradient);
    this.#transposed = this.#weights.layers
      .slice(1)
      .map(({ rows, columns }) => createMatrix(new Float32Array(rows * columns), 0, columns, rows));
    this.#lossSlopes = new Float64Array(spec.outputSize);
    this.#workspace = new Workspace(spec, 1);
  }

  get bytes(): number {
    return this.#transposed.reduce((sum, { values }) => sum + values.byteLength, this.#workspace.bytes);
  }

  predict(inputs: Float32Array, rows: number): Float32Array<ArrayBuffer> {
    const { inputSize, outputSize } = this.#spec;
    const scores = new Float32Array(rows * outputSize);
    if (rows === 1) {
      this.#predictOne(inputs, scores);
      return scores;
    }
    const workspace = this.#workspaceFor(Math.min(rows, rowsAtOnce));
    for (let row = 0; row < rows; row += rowsAtOnce) {
      workspace.lay(Math.min(rows - row, rowsAtOnce), inputs, row * inputSize, scores, row * outputSize);
      this.#forward(workspace);
    }
    workspace.release();
    return scores;
  }

  /** Each layer goes from one set of sums straight into the next: what passes over many rows keep and look for would cost as much as the sums. */
  #predictOne(inputs: Float32Array, scores: Float32Array): void {
    const { hidden, bias } = this.#layout;
    const { wide, layers } = this.#weights;
    const { scratch } = this.#workspace;
    const last = layers[hidden.length];
    if (last) scratch.gather(inputs, 0, 1, 0, inputs.length, layers[0]!);
    for (let i = 0; i < hidden.length; i++) {
      scratch.begin(this.#parameters, hidden[i]!.bias, hidden[i]!.size);
      scratch.add(layers[i]!);
      scratch.gatherRectified(layers[i + 1]!);
    }
    scratch.begin(this.#parameters, bias, scores.length);
    if (last) scratch.add(last);
    if (wide) {
      scratch.gather(inputs, 0, 1, 0, inputs.length, wide);
      scratch.add(wide);
    }
    scratch.end(scores, 0, scores.length);
  }

  /** Leaves the gradient of the batch in the gradient's vector. @returns the loss */
  backward(batch: Batch): number {
    const workspace = this.#layBatch(batch, batch.inputs);
    const loss = lossToGradient(this.#spec, workspace.scores.values, batch, this.#lossSlopes);
    this.#backwardHidden(workspace);
    this.#collectGradient(workspace);
    workspace.release();
    return loss;
  }

  /**
   * Leaves the sum of the squares of the rows' own gradients there: those are products of an activation and a derivative, so that squaring both before they
   * are multiplied does it.
   */
  backwardSquared(batch: Batch): void {
    const workspace = this.#layBatch(batch, batch.inputs.slice());
    lossToGradient(this.#spec, workspace.scores.values, batch, this.#lossSlopes);
    this.#backwardHidden(workspace);
    for (const part of [workspace.inputs, ...workspace.hidden, ...workspace.slopes, workspace.scores]) square(part);
    this.#collectGradient(workspace);
    workspace.release();
  }

  #layBatch(batch: Batch, inputs: Float32Array): Workspace {
    const rows = batch.weights.length;
    const workspace = this.#workspaceFor(rows);
    workspace.lay(rows, inputs);
    this.#forward(workspace);
    return workspace;
  }

  #workspaceFor(rows: number): Workspace {
    if (rows > this.#workspace.capacity) this.#workspace = new Workspace(this.#spec, rows);
    return this.#workspace;
  }

  #forward({ inputs, hidden, scores, scratch }: Workspace): void {
    const { hidden: layers, bias } = this.#layout;
    const { wide, layers: weights } = this.#weights;
    fillRows(scores, this.#parameters, bias);
    lookForZeros(inputs);
    if (wide) addProduct(inputs, wide, scores, scratch);
    let below = inputs;
    for (let i = 0; i < hidden.length; i++) {
      const layer = hidden[i]!;
      fillRows(layer, this.#parameters, layers[i]!.bias);
      addProduct(below, weights[i]!, layer, scratch);
      rectify(layer);
      lookForZeros(layer);
      below = layer;
    }
    if (hidden.length > 0) addProduct(below, weights[hidden.length]!, scores, scratch);
  }

  #backwardHidden({ hidden, slopes, scores, scratch }: Workspace): void {
    let above = scores;
    for (let i = hidden.length - 1; i >= 0; i--) {
      const transposed = this.#transposed[i]!;
      transpose(this.#weights.layers[i + 1]!, transposed);
      lookForZeros(above);
      clear(slopes[i]!);
      addProduct(above, transposed, slopes[i]!, scratch);
      closeGates(slopes[i]!, hidden[i]!);
      above = slopes[i]!;
    }
  }

  #collectGradient({ inputs, hidden, slopes, scores, scratch }: Workspace): void {
    const { hidden: layers, bias } = this.#layout;
    const { wide, layers: out } = this.#slopes;
    this.#gradient.fill(0);
    sumRows(scores, this.#gradient, bias);
    if (wide) addTransposedProduct(inputs, scores, wide, scratch);
    let below = inputs;
    for (let i = 0; i < hidden.length; i++) {
      sumRows(slopes[i]!, this.#gradient, layers[i]!.bias);
      addTransposedProduct(below, slopes[i]!, out[i]!, scratch);
      below = hidden[i]!;
    }
    if (hidden.length > 0) addTransposedProduct(below, scores, out[hidden.length]!, scratch);
  }
}

/** The matrices of a flat vector that is laid out as the parameters. */
interface Blocks {
  readonly wide: Matrix | undefined;
  /** Of each hidden layer and, where there is one, of the scores: what the layer below is multiplied with. */
  readonly layers: readonly Matrix[];
}

function blocksOf(spec: NetworkSpec, values: Float32Array): Blocks {
  const { inputSize, outputSize, wide } = spec;
  const { wideWeight, hidden, lastSize, deepWeight } = parameterLayout(spec);
  const layers = hidden.map((layer) => createMatrix(values, layer.weight, layer.inputSize, layer.size));
  if (lastSize > 0) layers.push(createMatrix(values, deepWeight, lastSize, outputSize));
  return { wide: wide ? createMatrix(values, wideWeight, inputSize, outputSize) : undefined, layers };
}
