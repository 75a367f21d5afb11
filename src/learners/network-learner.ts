import {
  type Anchor,
  type Batch,
  type ComputeBackend,
  type Network,
  type NetworkSpec,
  type NetworkState,
} from '../compute/compute.ts';
import { parameterCount } from '../compute/parameter-layout.ts';
import { resizeOutputs, widenOutputs } from '../compute/resize-outputs.ts';
import { TendrilError } from '../errors.ts';
import type { EncodedInput, FeatureEncoder } from './feature-encoder.ts';
import { LessonBatches, MOST_ROWS, type Lesson, type LessonBatch } from './lesson.ts';
import type { Example, Learner, LearnerState, Target } from './learner.ts';

/** As many outputs as a checkpoint may have. What is labelled with a class beyond them is not learned. */
export const MAX_CLASSES = 4096;

/** The wide and deep network behind the {@link Learner} interface: encodes, batches, and grows an output for each new class. */
export class NetworkLearner implements Learner {
  readonly #encoder: FeatureEncoder;
  readonly #classes: string[];
  #backend: ComputeBackend;
  #network: Network;
  readonly #batches = new LessonBatches();
  #anchor: Anchor | null = null;

  constructor(encoder: FeatureEncoder, backend: ComputeBackend, state: LearnerState) {
    this.#encoder = encoder;
    this.#encoder.restore(state.features);
    this.#classes = [...state.classes];
    this.#backend = backend;
    this.#network = backend.createNetwork(state.spec, state.network);
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

  /** What every training step is drawn to; it grows with the outputs, new ones are free. */
  get anchor(): Anchor | null {
    return this.#anchor;
  }

  /** @param anchor for the parameters of the present {@link spec}; its arrays must not change from now on */
  anchorTo(anchor: Anchor | null): void {
    this.#anchor = anchor;
  }

  async learnOne(fresh: Example, replayed: readonly Example[]): Promise<void> {
    await this.learnMany([fresh], replayed);
  }

  /** Takes the fresh examples into the feature statistics and takes one training step on all of them together. @throws COMPUTE_FAILED */
  async learnMany(fresh: readonly Lesson[], replayed: readonly Lesson[]): Promise<void> {
    if (fresh.some(({ target }) => 'label' in target && this.#isNew(target.label))) await this.#admitClasses(fresh);
    // Nothing is awaited in between: a prediction must not meet new statistics with old weights.
    for (const { input } of fresh) this.#encoder.learnOne(input);
    await this.rehearse([...fresh, ...replayed]);
  }

  /** Takes examples into the classes and the feature statistics, without a training step. @throws COMPUTE_FAILED */
  async observe(fresh: readonly Example[]): Promise<void> {
    if (fresh.some(({ target }) => 'label' in target && this.#isNew(target.label))) await this.#admitClasses(fresh);
    for (const { input } of fresh) this.#encoder.learnOne(input);
  }

  /** One training step on at most {@link MOST_ROWS} lessons; what is beyond is left out. @throws COMPUTE_FAILED */
  async rehearse(lessons: readonly Lesson[]): Promise<void> {
    const batch = this.#batchOf(lessons);
    await this.#network.learn(this.#anchor ? { ...batch, anchor: this.#anchor } : batch);
  }

  /**
   * Sum over the lessons, at most {@link MOST_ROWS}, of the squared gradient of each one's weighted loss, by parameter; without a step.
   * @throws COMPUTE_FAILED
   */
  squaredGradients(lessons: readonly Lesson[]): Promise<Float32Array<ArrayBuffer>> {
    return this.#network.squaredGradients(this.#batchOf(lessons));
  }

  #batchOf(lessons: readonly Lesson[]): Batch {
    const spec = this.#network.spec;
    const count = Math.min(lessons.length, Math.max(MOST_ROWS, spec.batchSize));
    const batch = this.#batches.of(spec, count);
    for (let row = 0; row < count; row++) this.#writeLesson(lessons[row]!, batch, row);
    batch.outputMask.fill(1, 0, spec.loss === 'logistic' ? spec.outputSize : this.#classes.length);
    const masked = lessons.some(({ among }) => among);
    const drawn = lessons.some(({ stayNear }) => stayNear);
    const { rowMask, logits, ...plain } = batch;
    return { ...plain, ...(masked && { rowMask }), ...(drawn && { logits }) };
  }

  #writeLesson(lesson: Lesson, batch: LessonBatch, row: number): void {
    const { inputSize, outputSize } = this.#network.spec;
    const { input, target, weight, among, stayNear } = lesson;
    const output = this.#outputOf(target);
    if (output === -1) return;
    this.#encoder.writeRow(input, batch.inputs, row * inputSize);
    batch.targets[row * outputSize + output] = 'reward' in target ? target.reward : 1;
    batch.weights[row] = weight;
    const start = row * outputSize;
    if (among) {
      batch.rowMask[start + output] = 1;
      for (const label of among)
        if (this.#classes.includes(label)) batch.rowMask[start + this.#classes.indexOf(label)] = 1;
    } else batch.rowMask.fill(1, start, start + outputSize);
    if (!stayNear) return;
    const known = stayNear.logits.subarray(0, outputSize);
    batch.logits.targets.set(known, start);
    batch.logits.weights.fill(stayNear.weight, start, start + known.length);
  }

  /** -1 for a class that has no output. */
  #outputOf(target: Target): number {
    return 'reward' in target ? 0 : this.#classes.indexOf(target.label);
  }

  #isNew(label: string): boolean {
    return this.#classes.length < MAX_CLASSES && !this.#classes.includes(label);
  }

  async #admitClasses(examples: readonly Example[]): Promise<void> {
    for (const { target } of examples) {
      if ('label' in target && this.#isNew(target.label)) await this.#admitClass(target.label);
    }
  }

  async #admitClass(label: string): Promise<void> {
    const spec = this.#network.spec;
    if (this.#classes.length === spec.outputSize) {
      const grown = resizeOutputs(spec, await this.#network.state(), spec.outputSize * 2);
      this.#anchor &&= {
        importance: widenOutputs(spec, this.#anchor.importance, grown.spec.outputSize),
        parameters: widenOutputs(spec, this.#anchor.parameters, grown.spec.outputSize),
      };
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
    replaced.dispose();
  }

  async predictRewards(inputs: readonly EncodedInput[]): Promise<Float64Array> {
    const scores = await this.#scores(inputs);
    return Float64Array.from(scores, (score) => 1 / (1 + Math.exp(-score)));
  }

  async predictProbaOne(input: EncodedInput): Promise<Float64Array> {
    return (await this.predictProbaMany([input]))[0]!;
  }

  /** [inputs] probabilities of each class of {@link classes}. @throws COMPUTE_FAILED */
  async predictProbaMany(inputs: readonly EncodedInput[]): Promise<Float64Array[]> {
    const known = this.#classes.length;
    const { outputSize } = this.#network.spec;
    const scores = await this.#scores(inputs);
    return inputs.map((_, row) => softmax(scores.subarray(row * outputSize, row * outputSize + known)));
  }

  /** Scores before softmax or sigmoid, one for each class (or one for a reward), of each input. @throws COMPUTE_FAILED */
  async scoresOf(inputs: readonly EncodedInput[]): Promise<Float32Array<ArrayBuffer>[]> {
    const { outputSize, loss } = this.#network.spec;
    const known = loss === 'softmax-cross-entropy' ? this.#classes.length : outputSize;
    const scores = await this.#scores(inputs);
    return inputs.map((_, row) => Float32Array.from(scores.subarray(row * outputSize, row * outputSize + known)));
  }

  /** Starts over from other weights; classes and feature statistics stay. @throws COMPUTE_FAILED */
  restart(network: NetworkState): void {
    this.#replaceNetwork(this.#backend, this.#network.spec, network);
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

function softmax(scores: Float32Array): Float64Array {
  const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Float64Array.from(scores, (score) => Math.exp(score - highest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
