import { Rng } from '../core/rng.ts';
import type { Example } from '../learners/learner.ts';
import type { Lesson } from '../learners/lesson.ts';
import { readRngState } from '../learners/members/read-state.ts';
import type { NetworkLearner } from '../learners/network-learner.ts';
import { ClassBalancedBuffer } from './class-balanced-buffer.ts';
import type { ContinualStrategy, Positioned } from './continual-strategy.ts';
import type { FindExample, ReplayBuffer, ReplayEntry } from './replay-buffer.ts';
import type { ReplayState } from './replay-state.ts';

export interface ReplayOptions {
  /** Replayed examples beside the fresh ones of a step. */
  readonly replaySize: number;
  /** Places of the buffer, where none is given. */
  readonly capacity: number;
  /** Training steps for one batch of fresh examples, each with a replay sample of its own. */
  readonly stepsPerExample: number;
  /** Default: class-balanced, of `capacity` places. */
  readonly buffer?: ReplayBuffer;
  /** Fresh examples take part in the softmax with the classes of their batch alone (ER-ACE). Default: with all classes. */
  readonly freshAmong?: 'batch' | 'all';
  /** Weight of the squared distance to the scores that were kept with a replayed example (DER++). Default 0: none are kept. */
  readonly logitWeight?: number;
  /** Bytes of one remembered example. Default: they are not counted. */
  readonly bytesOf?: (example: Example) => number;
}

/**
 * Experience replay (ER; Rolnick et al. 2019, arXiv 1811.11682; Chaudhry et al. 2019, arXiv 1902.10486): fresh examples are learned together with a sample
 * of the earlier ones. With `freshAmong: 'batch'` it is ER-ACE (Caccia et al. 2022, arXiv 2104.05025), with a `logitWeight` DER++ (Buzzega et al.
 * 2020, arXiv 2004.07211, which draws the sample for the scores separately; here one sample serves both).
 */
export class ExperienceReplay implements ContinualStrategy {
  readonly #learner: NetworkLearner;
  readonly #options: ReplayOptions;
  readonly #buffer: ReplayBuffer;
  #rng: Rng;

  constructor(learner: NetworkLearner, options: ReplayOptions, rng: Rng) {
    this.#learner = learner;
    this.#options = options;
    this.#buffer = options.buffer ?? new ClassBalancedBuffer({ capacity: options.capacity });
    this.#rng = rng;
  }

  get buffer(): ReplayBuffer {
    return this.#buffer;
  }

  /** @param position log position of the example; its key in the buffer */
  async learnOne(position: number, example: Example): Promise<void> {
    await this.learnMany([{ position, example }]);
  }

  async learnMany(fresh: readonly Positioned[]): Promise<void> {
    const lessons = this.#freshLessons(fresh);
    const drawn = this.#sample();
    await this.#learner.learnMany(lessons, drawn.map(this.#lessonOf));
    await this.#updateLosses(drawn);
    for (let step = 1; step < this.#options.stepsPerExample; step++) {
      const again = this.#sample();
      await this.#learner.rehearse([...lessons, ...again.map(this.#lessonOf)]);
      await this.#updateLosses(again);
    }
    await this.#remember(fresh);
  }

  #freshLessons(fresh: readonly Positioned[]): Lesson[] {
    if (this.#options.freshAmong !== 'batch') return fresh.map(({ example }) => example);
    const among = [...new Set(fresh.flatMap(({ example: { target } }) => ('label' in target ? [target.label] : [])))];
    return fresh.map(({ example }) => ('label' in example.target ? { ...example, among } : example));
  }

  readonly #lessonOf = ({ example, logits }: ReplayEntry): Lesson =>
    logits ? { ...example, stayNear: { logits, weight: this.#options.logitWeight ?? 0 } } : example;

  #sample(): ReplayEntry[] {
    return this.#buffer.sample(this.#options.replaySize, this.#rng);
  }

  async #updateLosses(entries: readonly ReplayEntry[]): Promise<void> {
    if (!this.#buffer.usesLosses || entries.length === 0) return;
    const scores = await this.#learner.scoresOf(entries.map(({ example }) => example.input));
    entries.forEach((entry, index) => (entry.loss = this.#lossOf(entry.example, scores[index]!)));
  }

  async #remember(fresh: readonly Positioned[]): Promise<void> {
    const { logitWeight = 0, bytesOf } = this.#options;
    const keepsScores = logitWeight > 0 || this.#buffer.usesLosses;
    const scores = keepsScores ? await this.#learner.scoresOf(fresh.map(({ example }) => example.input)) : [];
    fresh.forEach(({ position, example }, index) => {
      const own = scores[index];
      const logits = logitWeight > 0 && own ? own : null;
      const bytes = (bytesOf?.(example) ?? 0) + (logits?.byteLength ?? 0);
      const loss = own ? this.#lossOf(example, own) : 0;
      this.#buffer.update({ key: position, example, bytes, logits, loss }, this.#rng);
    });
  }

  #lossOf({ target }: Example, scores: Float32Array): number {
    if ('reward' in target) return (target.reward - 1 / (1 + Math.exp(-scores[0]!))) ** 2;
    const place = this.#learner.classes.indexOf(target.label);
    if (place === -1) return 0;
    const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
    return Math.log(total) + largest - (scores[place] ?? largest);
  }

  state(): ReplayState {
    const { keys, part } = this.#buffer.state();
    return { keys, part: { ...part, values: { ...part.values, rng: [...this.#rng.state()] } } };
  }

  restore(state: ReplayState, find: FindExample): void {
    const rng = Rng.fromState(readRngState(state.part, 'rng'));
    this.#buffer.restore(state, find);
    this.#rng = rng;
  }
}
