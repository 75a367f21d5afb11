import { Rng, type RngState } from '../core/rng.ts';
import type { Example, Learner } from '../learners/learner.ts';
import { ReservoirBuffer, type ReservoirState } from './reservoir-buffer.ts';

export interface ReplayOptions {
  /** Replayed examples beside each fresh one. */
  readonly replaySize: number;
  readonly capacity: number;
  /** Training steps for one fresh example, each with a replay sample of its own. */
  readonly stepsPerExample: number;
}

export interface ReplayState {
  readonly buffer: ReservoirState;
  readonly rng: RngState;
}

/**
 * Experience replay (ER; Rolnick et al. 2019, arXiv 1811.11682; Chaudhry et al. 2019, arXiv 1902.10486): every fresh example is learned
 * together with a sample of the earlier ones. What it does depends on its state and the sequence of examples alone, never on when they came,
 * so that a log that is replayed gives the same weights.
 */
export class ExperienceReplay {
  readonly #learner: Learner;
  readonly #options: ReplayOptions;
  readonly #buffer: ReservoirBuffer<Example>;
  #rng: Rng;

  constructor(learner: Learner, options: ReplayOptions, rng: Rng) {
    this.#learner = learner;
    this.#options = options;
    this.#buffer = new ReservoirBuffer(options.capacity);
    this.#rng = rng;
  }

  /** @param position log position of the example; its key in the buffer */
  async learnOne(position: number, example: Example): Promise<void> {
    await this.#learner.learnOne(example, this.#sample());
    for (let step = 1; step < this.#options.stepsPerExample; step++) {
      await this.#learner.rehearse([example, ...this.#sample()]);
    }
    this.#buffer.update(position, example, this.#rng);
  }

  #sample(): Example[] {
    return this.#buffer.sample(this.#options.replaySize, this.#rng);
  }

  state(): ReplayState {
    return { buffer: this.#buffer.state(), rng: this.#rng.state() };
  }

  restore(state: ReplayState, find: (position: number) => Example | undefined): void {
    this.#buffer.restore(state.buffer, find);
    this.#rng = Rng.fromState(state.rng);
  }
}
