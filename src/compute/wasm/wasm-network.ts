import { TendrilError } from '../../errors.ts';
import { checkBatch, checkInputs, checkState } from '../check-arguments.ts';
import type { Batch, Network, NetworkSpec, NetworkState } from '../compute.ts';
import { NetworkMemory, type WasmPlace } from './network-memory.ts';
import { batchParts, learnCall, type LearnCall } from './optimizer-call.ts';

/** Rows of a prediction that are computed in one go: what a call works on stays small. */
const rowsAtOnce = 512;

/**
 * A network whose vectors stay in WebAssembly memory: one call a prediction of up to {@link rowsAtOnce} rows, one a training step.
 * Every call does its work before its promise is returned; that alone keeps overlapping calls in order.
 */
export class WasmNetwork implements Network {
  readonly spec: NetworkSpec;
  readonly backend = 'wasm';
  readonly #place: WasmPlace;
  readonly #memory: NetworkMemory;
  readonly #learn: LearnCall;
  readonly #onDispose: () => void;
  #step: number;
  #lastLoss = NaN;
  #disposed = false;

  /** @throws COMPUTE_FAILED */
  constructor(place: WasmPlace, spec: NetworkSpec, state: NetworkState, onDispose: () => void) {
    checkState('wasm', spec, state);
    this.spec = spec;
    this.#place = place;
    this.#memory = place.guard.run(() => new NetworkMemory(place, spec, state));
    this.#learn = learnCall(place.kernels, spec);
    this.#step = state.step;
    this.#onDispose = onDispose;
  }

  get vectorCount(): number {
    return this.#memory.vectorCount;
  }

  async predict(inputs: Float32Array, rows: number): Promise<Float32Array<ArrayBuffer>> {
    return this.#run(() => {
      checkInputs(this.backend, this.spec, inputs, rows);
      if (rows <= rowsAtOnce) return this.#predict(inputs, rows);
      const { inputSize, outputSize } = this.spec;
      const scores = new Float32Array(rows * outputSize);
      for (let start = 0; start < rows; start += rowsAtOnce) {
        const end = Math.min(start + rowsAtOnce, rows);
        const part = this.#predict(inputs.subarray(start * inputSize, end * inputSize), end - start);
        scores.set(part, start * outputSize);
      }
      return scores;
    });
  }

  async learn(batch: Batch): Promise<void> {
    this.#run(() => {
      let parts = this.#putBatch(batch);
      if (batch.anchor) {
        this.#memory.putAnchor(batch.anchor);
        parts |= batchParts.anchor;
      }
      this.#lastLoss = this.#learn(this.#memory.address, batch.weights.length, parts, this.#step + 1);
      this.#step += 1;
    });
  }

  async lastLoss(): Promise<number> {
    return this.#run(() => this.#lastLoss);
  }

  async gradients(batch: Batch): Promise<{ loss: number; gradients: Float32Array<ArrayBuffer> }> {
    return this.#run(() => {
      const parts = this.#putBatch(batch);
      const loss = this.#place.kernels.gradients(this.#memory.address, batch.weights.length, parts);
      return { loss, gradients: this.#memory.gradient() };
    });
  }

  async squaredGradients(batch: Batch): Promise<Float32Array<ArrayBuffer>> {
    return this.#run(() => {
      const parts = this.#putBatch(batch);
      this.#place.kernels.squaredGradients(this.#memory.address, batch.weights.length, parts);
      return this.#memory.gradient();
    });
  }

  async state(): Promise<NetworkState> {
    return this.#run(() => ({ ...this.#memory.vectors(), step: this.#step }));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#memory.free();
    this.#onDispose();
  }

  #predict(inputs: Float32Array, rows: number): Float32Array<ArrayBuffer> {
    this.#memory.putInputs(inputs, rows);
    this.#place.kernels.predict(this.#memory.address, rows);
    return this.#memory.scores(rows);
  }

  #putBatch(batch: Batch): number {
    checkBatch(this.backend, this.spec, batch);
    return this.#memory.putBatch(batch);
  }

  #run<T>(work: () => T): T {
    if (this.#disposed)
      throw new TendrilError('COMPUTE_FAILED', { backend: 'wasm', reason: 'the network was disposed' });
    return this.#place.guard.run(work);
  }
}
