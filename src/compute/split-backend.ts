import { SerialQueue } from '../core/serial-queue.ts';
import { computeFailed } from './compute-failed.ts';
import type { Batch, ComputeBackend, Network, NetworkSpec, NetworkState } from './compute.ts';

/**
 * Two backends as one: networks learn on the one and predict on the other, which takes the weights over before the first prediction after a step. Worth it where a
 * step is large and a prediction small. It is lost when either is; neither is disposed with it, because whoever opened them owns them.
 * @returns `predict` itself where both are the same
 */
export function splitBackend(predict: ComputeBackend, learn: ComputeBackend): ComputeBackend {
  if (predict === learn) return predict;
  const networks = new Set<SplitNetwork>();
  let disposed = false;
  return {
    name: predict.name,
    deviceKey: `${predict.deviceKey}+${learn.deviceKey}`,
    lost: Promise.race([predict.lost, learn.lost]),
    createNetwork(spec, state) {
      if (disposed) throw computeFailed(predict.name, 'the backend was disposed');
      const network: SplitNetwork = new SplitNetwork([predict, learn], spec, state, () => networks.delete(network));
      networks.add(network);
      return network;
    },
    memory() {
      const [one, other] = [predict.memory(), learn.memory()];
      return {
        tensors: one.tensors + other.tensors,
        bytesAllocated: one.bytesAllocated + other.bytesAllocated,
      };
    },
    dispose() {
      disposed = true;
      for (const network of networks) network.dispose();
    },
  };
}

/** The learner keeps its calls in order by itself; a prediction waits where the weights that it needs are on their way. */
class SplitNetwork implements Network {
  readonly spec: NetworkSpec;
  readonly backend;
  readonly #predicting: ComputeBackend;
  readonly #learner: Network;
  readonly #onDispose: () => void;
  #predictor: Network;
  /** Whether the predictor lacks what was learned. */
  #isBehind = false;
  readonly #turns = new SerialQueue();
  #waiting = 0;
  /** The last time that the predictor took the weights over. */
  #caughtUp: Promise<void> = Promise.resolve();
  #disposed = false;

  constructor(
    [predict, learn]: readonly [ComputeBackend, ComputeBackend],
    spec: NetworkSpec,
    state: NetworkState,
    onDispose: () => void,
  ) {
    this.spec = spec;
    this.backend = predict.name;
    this.#predicting = predict;
    this.#predictor = predict.createNetwork(spec, state);
    try {
      this.#learner = learn.createNetwork(spec, state);
    } catch (caught) {
      this.#predictor.dispose();
      throw caught;
    }
    this.#onDispose = onDispose;
  }

  async predict(inputs: Float32Array, rows: number): Promise<Float32Array<ArrayBuffer>> {
    if (this.#disposed) throw computeFailed(this.backend, 'the network was disposed');
    if (this.#isBehind) this.#catchUp();
    if (this.#waiting === 0) return this.#predictor.predict(inputs, rows);
    // Its turn comes when the array may have been used again.
    const given = inputs.slice();
    const caughtUp = this.#caughtUp;
    return this.#inTurn(async () => {
      await caughtUp;
      return this.#predictor.predict(given, rows);
    });
  }

  learn(batch: Batch): Promise<void> {
    this.#isBehind = true;
    return this.#learner.learn(batch);
  }

  lastLoss(): Promise<number> {
    return this.#learner.lastLoss();
  }

  gradients(batch: Batch): Promise<{ loss: number; gradients: Float32Array<ArrayBuffer> }> {
    return this.#learner.gradients(batch);
  }

  squaredGradients(batch: Batch): Promise<Float32Array<ArrayBuffer>> {
    return this.#learner.squaredGradients(batch);
  }

  state(): Promise<NetworkState> {
    return this.#learner.state();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#learner.dispose();
    // Or with the last prediction that waits.
    if (this.#waiting === 0) this.#predictor.dispose();
    this.#onDispose();
  }

  /** Reads at once what was learned by now, for the predictor to take over in its turn. */
  #catchUp(): void {
    this.#isBehind = false;
    const reading = this.#learner.state();
    this.#caughtUp = this.#inTurn(async () => {
      try {
        const predictor = this.#predicting.createNetwork(this.spec, await reading);
        this.#predictor.dispose();
        this.#predictor = predictor;
      } catch (caught) {
        this.#isBehind = true;
        throw caught;
      }
    });
    // Told by the predictions that wait for it.
    for (const pending of [reading, this.#caughtUp]) void pending.catch(() => undefined);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    return this.#turns.run(async () => {
      try {
        return await work();
      } finally {
        this.#waiting -= 1;
        if (this.#disposed && this.#waiting === 0) this.#predictor.dispose();
      }
    });
  }
}
