import { checkBatch, checkInputs, checkState } from '../check-arguments.ts';
import { computeFailed } from '../compute-failed.ts';
import type { Batch, Network, NetworkSpec, NetworkState } from '../compute.ts';
import { NetworkMemory, type WasmPlace } from './network-memory.ts';
import { batchParts, learnCall, type LearnCall } from './optimizer-call.ts';

/** Rows of a prediction that are computed in one go: what a call works on stays small. */
const rowsAtOnce = 512;

interface Resident {
  readonly memory: NetworkMemory;
  readonly place: WasmPlace;
  readonly learn: LearnCall;
}

/**
 * A network whose vectors stay in WebAssembly memory: one call a prediction of up to {@link rowsAtOnce} rows, one a training step.
 * Every call does its work before its promise is returned; that alone keeps overlapping calls in order.
 */
export class WasmNetwork implements Network {
  readonly spec: NetworkSpec;
  readonly backend = 'wasm';
  readonly #onDispose: () => void;
  #step: number;
  #lastLoss = NaN;
  /** Nothing once it is disposed: whoever keeps the network would keep the memory of all. */
  #resident: Resident | undefined;

  /** @throws COMPUTE_FAILED */
  constructor(place: WasmPlace, spec: NetworkSpec, state: NetworkState, onDispose: () => void) {
    checkState('wasm', spec, state);
    this.spec = spec;
    const memory = place.guard.run(() => new NetworkMemory(place, spec, state));
    this.#resident = { memory, place, learn: learnCall(place.kernels, spec) };
    this.#step = state.step;
    this.#onDispose = onDispose;
  }

  get vectorCount(): number {
    return this.#resident?.memory.vectorCount ?? 0;
  }

  async predict(inputs: Float32Array, rows: number): Promise<Float32Array<ArrayBuffer>> {
    return this.#run((resident) => {
      checkInputs(this.backend, this.spec, inputs, rows);
      if (rows <= rowsAtOnce) return predictAtOnce(resident, inputs, rows);
      const { inputSize, outputSize } = this.spec;
      const scores = new Float32Array(rows * outputSize);
      for (let start = 0; start < rows; start += rowsAtOnce) {
        const end = Math.min(start + rowsAtOnce, rows);
        const part = predictAtOnce(resident, inputs.subarray(start * inputSize, end * inputSize), end - start);
        scores.set(part, start * outputSize);
      }
      return scores;
    });
  }

  async learn(batch: Batch): Promise<void> {
    this.#run(({ memory, learn }) => {
      let parts = this.#putBatch(memory, batch);
      if (batch.anchor) {
        memory.putAnchor(batch.anchor);
        parts |= batchParts.anchor;
      }
      this.#lastLoss = learn(memory.address, batch.weights.length, parts, this.#step + 1);
      this.#step += 1;
    });
  }

  async lastLoss(): Promise<number> {
    return this.#run(() => this.#lastLoss);
  }

  async gradients(batch: Batch): Promise<{ loss: number; gradients: Float32Array<ArrayBuffer> }> {
    return this.#run(({ memory, place: { kernels } }) => {
      const parts = this.#putBatch(memory, batch);
      const loss = kernels.gradients(memory.address, batch.weights.length, parts);
      return { loss, gradients: memory.gradient() };
    });
  }

  async squaredGradients(batch: Batch): Promise<Float32Array<ArrayBuffer>> {
    return this.#run(({ memory, place: { kernels } }) => {
      const parts = this.#putBatch(memory, batch);
      kernels.squaredGradients(memory.address, batch.weights.length, parts);
      return memory.gradient();
    });
  }

  async state(): Promise<NetworkState> {
    return this.#run(({ memory }) => ({ ...memory.vectors(), step: this.#step }));
  }

  dispose(): void {
    if (!this.#resident) return;
    this.#resident.memory.free();
    this.#resident = undefined;
    this.#onDispose();
  }

  #putBatch(memory: NetworkMemory, batch: Batch): number {
    checkBatch(this.backend, this.spec, batch);
    return memory.putBatch(batch);
  }

  #run<T>(work: (resident: Resident) => T): T {
    const resident = this.#resident;
    if (!resident) throw computeFailed('wasm', 'the network was disposed');
    return resident.place.guard.run(() => work(resident));
  }
}

function predictAtOnce({ memory, place }: Resident, inputs: Float32Array, rows: number): Float32Array<ArrayBuffer> {
  memory.putInputs(inputs, rows);
  place.kernels.predict(memory.address, rows);
  return memory.scores(rows);
}
