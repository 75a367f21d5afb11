import type { Batch, ComputeBackend, Network, NetworkSpec, NetworkState } from './compute.ts';

/**
 * Two backends as one: networks learn on the one and predict on the other, which takes the weights over before the first prediction after a step. Worth it where a
 * step is large and a prediction small. It is lost when either is; neither is disposed with it, because whoever opened them owns them.
 * @returns `predict` itself where both are the same
 */
export function splitBackend(predict: ComputeBackend, learn: ComputeBackend): ComputeBackend {
  if (predict === learn) return predict;
  const networks = new Set<SplitNetwork>();
  return {
    name: predict.name,
    deviceKey: `${predict.deviceKey}+${learn.deviceKey}`,
    lost: Promise.race([predict.lost, learn.lost]),
    createNetwork(spec, state) {
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
      for (const network of networks) network.dispose();
    },
  };
}

class SplitNetwork implements Network {
  readonly spec: NetworkSpec;
  readonly backend;
  readonly #predicting: ComputeBackend;
  readonly #learner: Network;
  readonly #onDispose: () => void;
  #predictor: Network;
  /** Whether the predictor lacks what was learned. */
  #isBehind = false;
  /** Calls take effect in the order in which they were made. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    [predict, learn]: readonly [ComputeBackend, ComputeBackend],
    spec: NetworkSpec,
    state: NetworkState,
    onDispose: () => void,
  ) {
    this.spec = spec;
    this.backend = predict.name;
    this.#predicting = predict;
    this.#learner = learn.createNetwork(spec, state);
    this.#predictor = predict.createNetwork(spec, state);
    this.#onDispose = onDispose;
  }

  predict(inputs: Float32Array, rows: number): Promise<Float32Array<ArrayBuffer>> {
    return this.#inTurn(async () => {
      if (this.#isBehind) await this.#catchUp();
      return this.#predictor.predict(inputs, rows);
    });
  }

  learn(batch: Batch): Promise<void> {
    return this.#inTurn(() => {
      this.#isBehind = true;
      return this.#learner.learn(batch);
    });
  }

  lastLoss(): Promise<number> {
    return this.#inTurn(() => this.#learner.lastLoss());
  }

  gradients(batch: Batch): Promise<{ loss: number; gradients: Float32Array<ArrayBuffer> }> {
    return this.#inTurn(() => this.#learner.gradients(batch));
  }

  squaredGradients(batch: Batch): Promise<Float32Array<ArrayBuffer>> {
    return this.#inTurn(() => this.#learner.squaredGradients(batch));
  }

  state(): Promise<NetworkState> {
    return this.#inTurn(() => this.#learner.state());
  }

  dispose(): void {
    this.#learner.dispose();
    this.#predictor.dispose();
    this.#onDispose();
  }

  async #catchUp(): Promise<void> {
    const state = await this.#learner.state();
    const predictor = this.#predicting.createNetwork(this.spec, state);
    this.#predictor.dispose();
    this.#predictor = predictor;
    this.#isBehind = false;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
