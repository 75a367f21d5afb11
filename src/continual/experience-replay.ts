import { Rng } from '../core/rng.ts';
import type { Example } from '../learners/learner.ts';
import type { Lesson } from '../learners/lesson.ts';
import { PresentClasses } from '../learners/members/present-classes.ts';
import { corrupt, joinStates, partOfState, readRngState } from '../core/read-state.ts';
import type { NetworkLearner } from '../learners/network-learner.ts';
import type { ContinualStrategy, Positioned } from './continual-strategy.ts';
import type { FindExample, ReplayBuffer, ReplayEntry } from './replay-buffer.ts';
import type { ReplayState } from './replay-state.ts';
import { ReservoirBuffer } from './reservoir-buffer.ts';

export interface ReplayOptions {
  /** Replayed examples beside the fresh ones of a step. */
  readonly replaySize: number;
  /** Places of the buffer, where none is given. */
  readonly capacity: number;
  /** Training steps for one batch of fresh examples, each with a replay sample of its own. */
  readonly stepsPerExample: number;
  /** Default: a reservoir of `capacity` places. */
  readonly buffer?: ReplayBuffer;
  /**
   * Which classes take part in the softmax of fresh examples beside those of their batch: none (ER-ACE), or those that the stream shows lately, which is the
   * same where classes come in turns, and all of them on an ordinary stream. Default: all classes.
   */
  readonly freshAmong?: 'batch' | 'present' | 'all';
  /** Weight of the squared distance to the scores that were kept with a replayed example (DER++). Default 0: none are kept. */
  readonly logitWeight?: number;
  /** When replayed examples are held to their scores: always (DER++), or only while the stream leaves known classes out. Default: always. */
  readonly holdScores?: 'always' | 'in-turns';
  /** Bytes of one remembered example. Default: they are not counted. */
  readonly bytesOf?: (example: Example) => number;
}

/**
 * Experience replay (ER; Rolnick et al. 2019, arXiv 1811.11682; Chaudhry et al. 2019, arXiv 1902.10486): fresh examples are learned together with a sample
 * of the earlier ones. With a `freshAmong` it is ER-ACE (Caccia et al. 2022, arXiv 2104.05025), with a `logitWeight` DER++ (Buzzega et al.
 * 2020, arXiv 2004.07211, which draws the sample for the scores separately; here one sample serves both).
 */
export class ExperienceReplay implements ContinualStrategy {
  readonly #learner: NetworkLearner;
  readonly #options: ReplayOptions;
  readonly #buffer: ReplayBuffer;
  /** By the places of the learner's classes. */
  #present = new PresentClasses(0);
  #presentCount = 0;
  #rng: Rng;

  constructor(learner: NetworkLearner, options: ReplayOptions, rng: Rng) {
    this.#learner = learner;
    this.#options = options;
    this.#buffer = options.buffer ?? new ReservoirBuffer({ capacity: options.capacity });
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
    this.#updatePresent(fresh);
    await this.#remember(fresh);
  }

  #freshLessons(fresh: readonly Positioned[]): Lesson[] {
    const { freshAmong = 'all' } = this.#options;
    if (freshAmong === 'all') return fresh.map(({ example }) => example);
    const among = freshAmong === 'batch' ? labelsOf(fresh) : [...labelsOf(fresh), ...this.#presentClasses()];
    return fresh.map(({ example }) => ('label' in example.target ? { ...example, among } : example));
  }

  #presentClasses(): string[] {
    return this.#learner.classes.filter((_, place) => place < this.#presentCount && this.#present.has(place));
  }

  #updatePresent(fresh: readonly Positioned[]): void {
    const { classes } = this.#learner;
    this.#present.growClasses(classes.length);
    this.#presentCount = classes.length;
    for (const label of labelsOf(fresh)) if (classes.includes(label)) this.#present.learnOne(classes.indexOf(label));
  }

  readonly #lessonOf = ({ example, logits }: ReplayEntry): Lesson => {
    const { logitWeight = 0, holdScores = 'always' } = this.#options;
    if (!logits || (holdScores === 'in-turns' && !this.#someAreAbsent())) return example;
    return { ...example, stayNear: { logits, weight: logitWeight } };
  };

  #someAreAbsent(): boolean {
    return this.#learner.classes.some((_, place) => place < this.#presentCount && !this.#present.has(place));
  }

  #sample(): ReplayEntry[] {
    return this.#buffer.sample(this.#options.replaySize, this.#rng);
  }

  async #updateLosses(entries: readonly ReplayEntry[]): Promise<void> {
    if (!this.#buffer.usesLosses || entries.length === 0) return;
    const scores = await this.#learner.scoresOf(entries.map(({ example }) => example.input));
    entries.forEach((entry, index) => (entry.loss = this.#lossOf(entry.example, scores[index]!)));
  }

  /** Scores are worked out for what is kept alone: in a long stream that is little. */
  async #remember(fresh: readonly Positioned[]): Promise<void> {
    const { logitWeight = 0, bytesOf } = this.#options;
    const scoreBytes = logitWeight > 0 ? 4 * this.#learner.classes.length : 0;
    const kept: ReplayEntry[] = [];
    for (const { position, example } of fresh) {
      const bytes = (bytesOf?.(example) ?? 0) + scoreBytes;
      const entry: ReplayEntry = { key: position, example, bytes, logits: null, loss: 0 };
      if (this.#buffer.update(entry, this.#rng)) kept.push(entry);
    }
    if (kept.length === 0 || (logitWeight === 0 && !this.#buffer.usesLosses)) return;
    const scores = await this.#learner.scoresOf(kept.map(({ example }) => example.input));
    kept.forEach((entry, index) => {
      if (logitWeight > 0) entry.logits = scores[index]!;
      entry.loss = this.#lossOf(entry.example, scores[index]!);
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

  remembered(): readonly ReplayEntry[] {
    return this.#buffer.entries();
  }

  state(): ReplayState {
    const { keys, part: buffer } = this.#buffer.state();
    const own = { tensors: {}, values: { rng: [...this.#rng.state()] } };
    return { keys, part: joinStates({ buffer, own, present: this.#present.state() }) };
  }

  restore(state: ReplayState, find: FindExample): void {
    const rng = Rng.fromState(readRngState(partOfState(state.part, 'own'), 'rng'));
    const ofPresent = partOfState(state.part, 'present');
    const count = ofPresent.tensors.last?.length ?? 0;
    if (count > this.#learner.classes.length) throw corrupt('more classes are present than known');
    const present = new PresentClasses(count);
    present.restore(ofPresent);
    this.#buffer.restore({ keys: state.keys, part: partOfState(state.part, 'buffer') }, find);
    this.#present = present;
    this.#presentCount = count;
    this.#rng = rng;
  }
}

/** With repetitions, in their order. */
function labelsOf(fresh: readonly Positioned[]): string[] {
  return fresh.flatMap(({ example: { target } }) => ('label' in target ? [target.label] : []));
}
