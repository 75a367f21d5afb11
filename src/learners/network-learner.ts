import { parameterCount, type Batch, type ComputeBackend, type Network, type NetworkSpec } from '../compute/compute.ts';
import { resizeOutputs } from '../compute/fresh-network-state.ts';
import { TendrilError } from '../errors.ts';
import type { EncodedInput, FeatureEncoder } from './feature-encoder.ts';
import type { Example, Learner, LearnerState, Target } from './learner.ts';

/** As many outputs as a checkpoint may have. What is labelled with a class beyond them is not learned. */
export const MAX_CLASSES = 4096;

/** The wide and deep network behind the {@link Learner} interface: encodes, batches, and grows an output for each new class. */
export class NetworkLearner implements Learner {
  readonly #encoder: FeatureEncoder;
  readonly #classes: string[];
  #backend: ComputeBackend;
  #network: Network;
  #batch: MutableBatch;

  constructor(encoder: FeatureEncoder, backend: ComputeBackend, state: LearnerState) {
    this.#encoder = encoder;
    this.#encoder.restore(state.features);
    this.#classes = [...state.classes];
    this.#backend = backend;
    this.#network = backend.createNetwork(state.spec, state.network);
    this.#batch = createBatch(state.spec);
  }

  get classes(): readonly string[] {
    return this.#classes;
  }

  get backend(): ComputeBackend {
    return this.#backend;
  }

  get parameterCount(): number {
    return parameterCount(this.#network.spec);
  }

  get spec(): NetworkSpec {
    return this.#network.spec;
  }

  async learnOne(fresh: Example, replayed: readonly Example[]): Promise<void> {
    if ('label' in fresh.target && this.#isNew(fresh.target.label)) await this.#admitClass(fresh.target.label);
    // Nothing is awaited in between: a prediction must not meet new statistics with old weights.
    this.#encoder.learnOne(fresh.input);
    await this.rehearse([fresh, ...replayed]);
  }

  async rehearse(examples: readonly Example[]): Promise<void> {
    const spec = this.#network.spec;
    const batch = this.#batch;
    clearBatch(batch);
    examples.slice(0, spec.batchSize).forEach((example, row) => {
      const output = this.#outputOf(example.target);
      if (output === -1) return;
      this.#encoder.writeRow(example.input, batch.inputs, row * spec.inputSize);
      batch.targets[row * spec.outputSize + output] = 'reward' in example.target ? example.target.reward : 1;
      batch.weights[row] = example.weight;
    });
    batch.outputMask.fill(1, 0, spec.loss === 'logistic' ? spec.outputSize : this.#classes.length);
    await this.#network.learn(batch);
  }

  /** -1 for a class that has no output. */
  #outputOf(target: Target): number {
    return 'reward' in target ? 0 : this.#classes.indexOf(target.label);
  }

  #isNew(label: string): boolean {
    return this.#classes.length < MAX_CLASSES && !this.#classes.includes(label);
  }

  async #admitClass(label: string): Promise<void> {
    const spec = this.#network.spec;
    if (this.#classes.length === spec.outputSize) {
      const grown = resizeOutputs(spec, await this.#network.state(), spec.outputSize * 2);
      this.#replaceNetwork(this.#backend, grown.spec, grown.state);
    }
    this.#classes.push(label);
  }

  #replaceNetwork(
    backend: ComputeBackend,
    spec: NetworkSpec,
    state: Parameters<ComputeBackend['createNetwork']>[1],
  ): void {
    const replaced = this.#network;
    this.#backend = backend;
    this.#network = backend.createNetwork(spec, state);
    if (this.#batch.targets.length !== spec.batchSize * spec.outputSize) this.#batch = createBatch(spec);
    replaced.dispose();
  }

  async predictRewards(inputs: readonly EncodedInput[]): Promise<Float64Array> {
    const scores = await this.#scores(inputs);
    return Float64Array.from(scores, (score) => 1 / (1 + Math.exp(-score)));
  }

  async predictProbaOne(input: EncodedInput): Promise<Float64Array> {
    const known = this.#classes.length;
    return softmax((await this.#scores([input])).subarray(0, known));
  }

  async #scores(inputs: readonly EncodedInput[]): Promise<Float32Array> {
    const backend = this.#backend.name;
    const scores = await this.#network.predict(this.#rows(inputs), inputs.length);
    if (scores.every(Number.isFinite)) return scores;
    // Learning has diverged and is not set right yet: an answer made of this would be no answer.
    throw new TendrilError('COMPUTE_FAILED', { backend, reason: 'a score is not finite' });
  }

  #rows(inputs: readonly EncodedInput[]): Float32Array {
    const size = this.#network.spec.inputSize;
    const rows = new Float32Array(inputs.length * size);
    inputs.forEach((input, row) => {
      this.#encoder.writeRow(input, rows, row * size);
    });
    return rows;
  }

  async state(): Promise<LearnerState> {
    // Everything but the weights is copied before the wait, so that all of it is of the same moment.
    const features = this.#encoder.state();
    const classes = [...this.#classes];
    const spec = this.#network.spec;
    return { spec, features, classes, network: await this.#network.state() };
  }

  async moveTo(backend: ComputeBackend): Promise<void> {
    if (backend === this.#backend) return;
    const spec = this.#network.spec;
    this.#replaceNetwork(backend, spec, await this.#network.state());
  }

  dispose(): void {
    this.#network.dispose();
  }
}

interface MutableBatch extends Batch {
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  readonly weights: Float32Array;
  readonly outputMask: Float32Array;
}

function createBatch(spec: NetworkSpec): MutableBatch {
  return {
    inputs: new Float32Array(spec.batchSize * spec.inputSize),
    targets: new Float32Array(spec.batchSize * spec.outputSize),
    weights: new Float32Array(spec.batchSize),
    outputMask: new Float32Array(spec.outputSize),
  };
}

function clearBatch(batch: MutableBatch): void {
  for (const part of [batch.inputs, batch.targets, batch.weights, batch.outputMask]) part.fill(0);
}

function softmax(scores: Float32Array): Float64Array {
  const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Float64Array.from(scores, (score) => Math.exp(score - highest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
