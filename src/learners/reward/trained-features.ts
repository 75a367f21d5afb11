import type { NetworkSpec } from '../../compute/compute.ts';
import { parameterLayout } from '../../compute/parameter-layout.ts';
import type { PartState } from '../../core/part-state.ts';
import { corrupt, readTensor } from '../../core/read-state.ts';
import type { Row, RowShape } from '../row.ts';
import type { HiddenFeatures } from './feature-map.ts';

/**
 * The last hidden layer of a trained network, as it was when it was last taken: the representation of the neural-linear model (Riquelme et al. 2018, arXiv
 * 1802.09127). A copy, because a posterior over its activations means nothing once the weights below have moved. It is worked out here, whatever backend
 * trains the network: a row is sparse, and an answer must not wait for a device.
 */
export class TrainedFeatures implements HiddenFeatures {
  readonly size: number;
  readonly #inputSize: number;
  readonly #hashStart: number;
  /** [inputSize][size], then [size]: the weights and the bias of the layer. */
  #weights: Float32Array<ArrayBuffer>;

  /** All activations are 0 until {@link take}. */
  constructor({ denseSize, hashSize }: RowShape, size: number) {
    this.size = size;
    this.#inputSize = denseSize + hashSize;
    this.#hashStart = denseSize;
    this.#weights = new Float32Array((this.#inputSize + 1) * size);
  }

  /**
   * Takes the hidden layer of `parameters`, scaled so that the activations of `rows` have this length in the mean square: rectified units scale with their
   * weights.
   * @param spec of a network over this shape of rows, with one hidden layer of as many units
   */
  take(spec: NetworkSpec, parameters: Float32Array, rows: readonly Row[], length: number): void {
    const [layer] = parameterLayout(spec).hidden;
    if (layer) this.#weights = parameters.slice(layer.weight, layer.bias + layer.size);
    const activations = new Float32Array(this.size);
    let squares = 0;
    for (const row of rows) {
      this.write(row, activations);
      for (const value of activations) squares += value * value;
    }
    const scale = squares > 0 ? length * Math.sqrt(rows.length / squares) : 1;
    for (let i = 0; i < this.#weights.length; i++) this.#weights[i]! *= scale;
  }

  write(row: Row, out: Float32Array): void {
    out.set(this.#weights.subarray(this.#inputSize * this.size));
    for (let i = 0; i < row.dense.length; i++) this.#add(i, row.dense[i]!, out);
    for (let k = 0; k < row.indices.length; k++) this.#add(this.#hashStart + row.indices[k]!, row.values[k]!, out);
    for (let unit = 0; unit < this.size; unit++) if (out[unit]! < 0) out[unit] = 0;
  }

  #add(input: number, value: number, out: Float32Array): void {
    if (value === 0) return;
    const start = input * this.size;
    for (let unit = 0; unit < this.size; unit++) out[unit]! += value * this.#weights[start + unit]!;
  }

  state(): PartState {
    return { tensors: { weights: this.#weights.slice() }, values: { size: this.size } };
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    if (state.values['size'] !== this.size) throw corrupt('the hidden layer has another size');
    this.#weights = readTensor(state, 'weights', 'f32', this.#weights.length);
  }
}
