import type { Anchor } from '../compute/compute.ts';
import type { PartState } from '../core/part-state.ts';
import { corrupt, joinStates, partOfState, readCount, readRngState, readTensor } from '../core/read-state.ts';
import { Rng } from '../core/rng.ts';
import type { Example } from '../learners/learner.ts';
import type { Lesson } from '../learners/lesson.ts';
import type { NetworkLearner } from '../learners/network-learner.ts';
import type { ContinualStrategy, Positioned } from './continual-strategy.ts';
import type { FindExample, ReplayEntry } from './replay-buffer.ts';
import type { ReplayState } from './replay-state.ts';
import { ReservoirBuffer } from './reservoir-buffer.ts';

export interface OnlineEwcOptions {
  /** λ: 1 is what Laplace's approximation gives, were the Fisher information as diagonal as it is taken to be. */
  readonly strength: number;
  /** γ: share of the importances that is left after `every` experiences. */
  readonly decay: number;
  /** Experiences between two consolidations; a class that was never met consolidates what was learned before it, too. */
  readonly every: number;
  /** Examples of a stretch that its Fisher information is estimated on, at most 512. */
  readonly sampleSize: number;
  /** Training steps for one batch of fresh examples. */
  readonly stepsPerExample: number;
  /**
   * Where the labels of the Fisher information come from: drawn from the network's own answers, as its definition wants it, or those that were observed
   * (the "empirical Fisher", which is none: Kunstner et al. 2019, arXiv 1905.12558).
   */
  readonly labels: 'drawn' | 'observed';
}

/**
 * Chosen on five permuted tasks of a synthetic stream, where what is right at the end differs little between strengths of 5 and 20 and between 200 and 4000
 * experiences, and what a new task reaches falls with the strength. The decay is for streams of a million experiences.
 */
export const ONLINE_EWC_DEFAULTS: OnlineEwcOptions = {
  strength: 5,
  decay: 0.999,
  every: 1000,
  sampleSize: 256,
  stepsPerExample: 1,
  labels: 'drawn',
};

/**
 * Online elastic weight consolidation (Kirkpatrick et al. 2017, arXiv 1612.00796; one running importance for all tasks as in Schwarz et al. 2018, arXiv
 * 1805.06370): parameters that earlier answers hang on are held near where they were. Nobody says where a task ends, so that it consolidates after a fixed
 * number of experiences and before a new class. What is added then is the diagonal of the Fisher information at the weights of that moment, with one squared
 * gradient for each example of a uniform sample of the stretch; nothing older is kept.
 */
export class OnlineEwc implements ContinualStrategy {
  readonly #learner: NetworkLearner;
  readonly #options: OnlineEwcOptions;
  #stretch: ReservoirBuffer;
  /** Experiences since the last consolidation. */
  #count = 0;
  #rng: Rng;

  constructor(learner: NetworkLearner, options: Partial<OnlineEwcOptions>, rng: Rng) {
    this.#learner = learner;
    this.#options = { ...ONLINE_EWC_DEFAULTS, ...options };
    this.#stretch = this.#newStretch();
    this.#rng = rng;
  }

  #newStretch(): ReservoirBuffer {
    return new ReservoirBuffer({ capacity: this.#options.sampleSize });
  }

  async learnOne(position: number, example: Example): Promise<void> {
    await this.learnMany([{ position, example }]);
  }

  async learnMany(fresh: readonly Positioned[]): Promise<void> {
    if (fresh.some(({ example }) => this.#isNew(example))) await this.#consolidate();
    const examples = fresh.map(({ example }) => example);
    await this.#learner.learnMany(examples, []);
    for (let step = 1; step < this.#options.stepsPerExample; step++) await this.#learner.rehearse(examples);
    for (const { position, example } of fresh) this.#remember(position, example);
    if (this.#count >= this.#options.every) await this.#consolidate();
  }

  #isNew({ target }: Example): boolean {
    return 'label' in target && !this.#learner.classes.includes(target.label);
  }

  #remember(position: number, example: Example): void {
    if (example.weight === 0) return;
    this.#stretch.update({ key: position, example, bytes: 0, logits: null, loss: 0 }, this.#rng);
    this.#count++;
  }

  /** The importances count as many experiences as there were, and an anchor takes the place of the one before it. */
  async #consolidate(): Promise<void> {
    const entries = this.#stretch.entries();
    if (entries.length === 0) return;
    const { strength, decay, every } = this.#options;
    const squares = await this.#learner.squaredGradients(await this.#lessons(entries));
    const { parameters } = (await this.#learner.state()).network;
    const kept = decay ** (this.#count / every);
    const added = (strength * this.#count) / (every * entries.length);
    const before = this.#learner.anchor?.importance;
    const importance = squares.map((square, i) => kept * (before?.[i] ?? 0) + added * square);
    this.#learner.anchorTo({ importance, parameters });
    this.#stretch = this.#newStretch();
    this.#count = 0;
  }

  /** The weight of an example counts once in the information, and a gradient is squared with its own. */
  async #lessons(entries: readonly ReplayEntry[]): Promise<Lesson[]> {
    const examples = entries.map(({ example }) => ({ ...example, weight: Math.sqrt(example.weight) }));
    if (this.#options.labels === 'observed') return examples;
    const { classes } = this.#learner;
    const inputs = examples.map(({ input }) => input);
    if (classes.length === 0) {
      const rewards = await this.#learner.predictRewards(inputs);
      return examples.map((each, i) => ({ ...each, target: { reward: this.#rng.nextFloat() < rewards[i]! ? 1 : 0 } }));
    }
    const probabilities = await this.#learner.predictProbaMany(inputs);
    return examples.map((each, i) => ({ ...each, target: { label: classes[this.#draw(probabilities[i]!)]! } }));
  }

  #draw(probabilities: Float64Array): number {
    let left = this.#rng.nextFloat();
    const place = probabilities.findIndex((probability) => (left -= probability) < 0);
    return place === -1 ? probabilities.length - 1 : place;
  }

  remembered(): readonly ReplayEntry[] {
    return this.#stretch.entries();
  }

  state(): ReplayState {
    const { keys, part: stretch } = this.#stretch.state();
    const anchor = this.#learner.anchor ?? { importance: new Float32Array(0), parameters: new Float32Array(0) };
    const own: PartState = {
      tensors: { importance: anchor.importance, parameters: anchor.parameters },
      values: { count: this.#count, rng: [...this.#rng.state()] },
    };
    return { keys, part: joinStates({ stretch, own }) };
  }

  restore({ keys, part }: ReplayState, find: FindExample): void {
    const own = partOfState(part, 'own');
    const rng = Rng.fromState(readRngState(own, 'rng'));
    const count = readCount(own, 'count', 0, Number.MAX_SAFE_INTEGER);
    const anchor = this.#readAnchor(own);
    const stretch = this.#newStretch();
    stretch.restore({ keys, part: partOfState(part, 'stretch') }, find);
    this.#learner.anchorTo(anchor);
    this.#stretch = stretch;
    this.#count = count;
    this.#rng = rng;
  }

  #readAnchor(own: PartState): Anchor | null {
    if (own.tensors['importance']?.length === 0) return null;
    const size = this.#learner.parameterCount;
    const importance = readTensor(own, 'importance', 'f32', size);
    if (importance.some((value) => value < 0)) throw corrupt('importance has a value below 0');
    return { importance, parameters: readTensor(own, 'parameters', 'f32', size) };
  }
}
