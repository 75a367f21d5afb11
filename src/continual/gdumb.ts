import type { NetworkState } from '../compute/compute.ts';
import { Rng } from '../core/rng.ts';
import type { Example } from '../learners/learner.ts';
import { corrupt, readCount, readRngState } from '../core/read-state.ts';
import type { NetworkLearner } from '../learners/network-learner.ts';
import { ClassBalancedBuffer } from './class-balanced-buffer.ts';
import type { ContinualStrategy, Positioned } from './continual-strategy.ts';
import type { BufferLimits, FindExample } from './replay-buffer.ts';
import type { ReplayState } from './replay-state.ts';

export interface GDumbOptions extends BufferLimits {
  /** Training steps of one retraining. */
  readonly steps: number;
  readonly batchSize: number;
  /** The weights that every retraining starts from; asked with the width of the network at that time. */
  readonly freshNetwork: (learner: NetworkLearner) => NetworkState;
  /** Bytes of one remembered example. Default: they are not counted. */
  readonly bytesOf?: (example: Example) => number;
}

/**
 * GDumb (Prabhu et al. 2020, doi 10.1007/978-3-030-58536-5_31): examples are only stored, in a class-balanced buffer, and the network is trained from scratch
 * on what is there. Retraining is done in slices, so that none takes long: {@link retrain} says whether there is more to do.
 */
export class GDumb implements ContinualStrategy {
  readonly #learner: NetworkLearner;
  readonly #options: GDumbOptions;
  readonly #buffer: ClassBalancedBuffer;
  #rng: Rng;
  /** Steps still to take; all of them once something new was stored. */
  #stepsLeft = 0;

  constructor(learner: NetworkLearner, options: GDumbOptions, rng: Rng) {
    this.#learner = learner;
    this.#options = options;
    this.#buffer = new ClassBalancedBuffer(options);
    this.#rng = rng;
  }

  async learnOne(position: number, example: Example): Promise<void> {
    await this.learnMany([{ position, example }]);
  }

  async learnMany(fresh: readonly Positioned[]): Promise<void> {
    await this.#learner.observe(fresh.map(({ example }) => example));
    for (const { position, example } of fresh) {
      const bytes = this.#options.bytesOf?.(example) ?? 0;
      this.#buffer.update({ key: position, example, bytes, logits: null, loss: 0 }, this.#rng);
    }
    this.#stepsLeft = this.#options.steps;
  }

  /** Takes at most `steps` training steps. @returns true while there are more to take @throws COMPUTE_FAILED */
  async retrain(steps: number): Promise<boolean> {
    if (this.#stepsLeft === this.#options.steps) this.#learner.restart(this.#options.freshNetwork(this.#learner));
    for (let step = 0; step < steps && this.#stepsLeft > 0; step++) {
      const drawn = this.#buffer.sample(this.#options.batchSize, this.#rng);
      if (drawn.length > 0) await this.#learner.rehearse(drawn.map(({ example }) => example));
      this.#stepsLeft--;
    }
    return this.#stepsLeft > 0;
  }

  state(): ReplayState {
    const { keys, part } = this.#buffer.state();
    const values = { ...part.values, rng: [...this.#rng.state()], stepsLeft: this.#stepsLeft };
    return { keys, part: { ...part, values } };
  }

  restore(state: ReplayState, find: FindExample): void {
    const rng = Rng.fromState(readRngState(state.part, 'rng'));
    const stepsLeft = readCount(state.part, 'stepsLeft', 0, Number.MAX_SAFE_INTEGER);
    if (stepsLeft > this.#options.steps) throw corrupt('more steps are left than there are');
    this.#buffer.restore(state, find);
    this.#rng = rng;
    this.#stepsLeft = stepsLeft;
  }
}
