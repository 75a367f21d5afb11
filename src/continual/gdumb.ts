import type { NetworkState } from '../compute/compute.ts';
import { Rng } from '../core/rng.ts';
import type { Example } from '../learners/learner.ts';
import { corrupt, readCount, readRngState } from '../core/read-state.ts';
import type { NetworkLearner } from '../learners/network-learner.ts';
import { ClassBalancedBuffer } from './class-balanced-buffer.ts';
import type { ContinualStrategy, Positioned } from './continual-strategy.ts';
import type { BufferLimits, FindExample, ReplayEntry } from './replay-buffer.ts';
import type { ReplayState } from './replay-state.ts';

export interface GDumbOptions extends BufferLimits {
  /** Training steps of one retraining, by the number of examples that are stored. */
  readonly steps: (stored: number) => number;
  readonly batchSize: number;
  /**
   * Steps that are taken behind each example: a retraining that is under way is finished before the next one begins, and its network serves meanwhile.
   * Default 0: only {@link GDumb.retrain} takes steps, and something new has it begin anew.
   */
  readonly stepsPerExample?: number;
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
  /** Of the retraining that is under way. */
  #stepsLeft = 0;
  /** Something was stored since a retraining began. */
  #changed = false;

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
    const { stepsPerExample = 0 } = this.#options;
    this.#changed = true;
    if (stepsPerExample === 0) this.#stepsLeft = 0;
    else await this.retrain(stepsPerExample * fresh.length);
  }

  /** Takes at most `steps` training steps. @returns true while there are more to take @throws COMPUTE_FAILED */
  async retrain(steps: number): Promise<boolean> {
    for (let step = 0; step < steps && this.#isUnderWay(); step++) {
      const drawn = this.#buffer.sample(this.#options.batchSize, this.#rng);
      if (drawn.length > 0) await this.#learner.rehearse(drawn.map(({ example }) => example));
      this.#stepsLeft--;
    }
    return this.#stepsLeft > 0 || this.#changed;
  }

  /** Begins where there is something new and nothing is under way. */
  #isUnderWay(): boolean {
    if (this.#stepsLeft === 0 && this.#changed) {
      this.#learner.restart(this.#options.freshNetwork(this.#learner));
      this.#stepsLeft = this.#options.steps(this.#buffer.size);
      this.#changed = false;
    }
    return this.#stepsLeft > 0;
  }

  remembered(): readonly ReplayEntry[] {
    return this.#buffer.entries();
  }

  state(): ReplayState {
    const { keys, part } = this.#buffer.state();
    const own = { rng: [...this.#rng.state()], stepsLeft: this.#stepsLeft, changed: this.#changed };
    const values = { ...part.values, ...own };
    return { keys, part: { ...part, values } };
  }

  restore(state: ReplayState, find: FindExample): void {
    const rng = Rng.fromState(readRngState(state.part, 'rng'));
    const stepsLeft = readCount(state.part, 'stepsLeft', 0, Number.MAX_SAFE_INTEGER);
    const { steps, capacity } = this.#options;
    if (stepsLeft > steps(capacity)) throw corrupt('more steps are left than there are');
    const { changed } = state.part.values;
    if (typeof changed !== 'boolean') throw corrupt('changed is missing');
    this.#buffer.restore(state, find);
    this.#rng = rng;
    this.#stepsLeft = stepsLeft;
    this.#changed = changed;
  }
}
