import { asTendrilError } from '../../errors.ts';
import { checkBatch, checkInputs, checkState } from '../check-arguments.ts';
import { computeFailed } from '../compute-failed.ts';
import type { Batch, Network, NetworkSpec, NetworkState } from '../compute.ts';
import { optimizerStep, type StepVectors } from './optimizer-step.ts';
import { CpuPasses } from './passes.ts';

/**
 * A network in plain typed arrays: at these sizes a call of an operation costs more than its arithmetic, and a step makes no objects but its promise.
 * Every call does its work before its promise is returned; that alone keeps overlapping calls in order.
 */
export class CpuNetwork implements Network {
  readonly spec: NetworkSpec;
  readonly backend = 'cpu';
  readonly #vectors: StepVectors;
  readonly #gradient: Float32Array<ArrayBuffer>;
  readonly #passes: CpuPasses;
  readonly #onDispose: () => void;
  #step: number;
  #lastLoss = NaN;
  #disposed = false;

  /** @throws COMPUTE_FAILED */
  constructor(spec: NetworkSpec, state: NetworkState, onDispose: () => void) {
    checkState('cpu', spec, state);
    this.spec = spec;
    const parameters = staggered(state.parameters, 0);
    const firstMoment = staggered(state.firstMoment, 1);
    const secondMoment = staggered(state.secondMoment, 2);
    this.#vectors = { parameters, firstMoment, secondMoment };
    this.#gradient = staggered(new Float32Array(parameters.length), 3);
    this.#passes = new CpuPasses(spec, parameters, this.#gradient);
    this.#step = state.step;
    this.#onDispose = onDispose;
  }

  /** Bytes of all that it keeps. */
  get bytes(): number {
    const { parameters, firstMoment, secondMoment } = this.#vectors;
    const vectors = [parameters, firstMoment, secondMoment, this.#gradient];
    return vectors.reduce((sum, { buffer }) => sum + buffer.byteLength, this.#passes.bytes);
  }

  async predict(inputs: Float32Array, rows: number): Promise<Float32Array<ArrayBuffer>> {
    return this.#run(() => {
      checkInputs('cpu', this.spec, inputs, rows);
      return this.#passes.predict(inputs, rows);
    });
  }

  async learn(batch: Batch): Promise<void> {
    this.#run(() => {
      checkBatch('cpu', this.spec, batch);
      this.#lastLoss = this.#passes.backward(batch);
      optimizerStep(this.spec.optimizer, this.#step + 1, this.#gradient, this.#vectors, batch.anchor);
      this.#step += 1;
    });
  }

  async lastLoss(): Promise<number> {
    return this.#run(() => this.#lastLoss);
  }

  async gradients(batch: Batch): Promise<{ loss: number; gradients: Float32Array<ArrayBuffer> }> {
    return this.#run(() => {
      checkBatch('cpu', this.spec, batch);
      return { loss: this.#passes.backward(batch), gradients: this.#gradient.slice() };
    });
  }

  async squaredGradients(batch: Batch): Promise<Float32Array<ArrayBuffer>> {
    return this.#run(() => {
      checkBatch('cpu', this.spec, batch);
      this.#passes.backwardSquared(batch);
      const rows = batch.weights.length;
      return this.#gradient.map((sum) => sum * rows * rows);
    });
  }

  async state(): Promise<NetworkState> {
    return this.#run(() => {
      const { parameters, firstMoment, secondMoment } = this.#vectors;
      const copies = { firstMoment: firstMoment.slice(), secondMoment: secondMoment.slice() };
      return { parameters: parameters.slice(), ...copies, step: this.#step };
    });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#onDispose();
  }

  #run<T>(work: () => T): T {
    if (this.#disposed) throw computeFailed('cpu', 'the network was disposed');
    try {
      return work();
    } catch (caught) {
      throw asTendrilError(caught, 'COMPUTE_FAILED', { backend: 'cpu' });
    }
  }
}

/**
 * A copy that begins another quarter of 4096 bytes into its buffer for each `index`. Processors compare the last twelve bits of addresses to tell whether a load
 * has to wait for a store: an optimizer's loop over vectors that all begin a page took twice as long.
 */
function staggered(values: Float32Array, index: number): Float32Array<ArrayBuffer> {
  const offset = 1024 * index;
  const copy = new Float32Array(new ArrayBuffer(offset + values.byteLength), offset, values.length);
  copy.set(values);
  return copy;
}
