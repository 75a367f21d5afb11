import type { Example } from '../learners/learner.ts';
import type { FindExample, ReplayEntry } from './replay-buffer.ts';
import type { ReplayState } from './replay-state.ts';

/** An example and its log position, under which it can be found again. */
export interface Positioned {
  readonly position: number;
  readonly example: Example;
}

/**
 * How a network learns from a stream without forgetting what came before. What it does depends on its state and the sequence of examples alone, never
 * on when they came, so that a log that is replayed gives the same weights.
 */
export interface ContinualStrategy {
  /** @throws COMPUTE_FAILED */
  learnOne(position: number, example: Example): Promise<void>;
  /** Learns the examples as one mini-batch. @throws COMPUTE_FAILED */
  learnMany(fresh: readonly Positioned[]): Promise<void>;
  /** What it could learn again, by log position; in an order that is part of the state. */
  remembered(): readonly ReplayEntry[];
  /** Call only while nothing is being learned. */
  state(): ReplayState;
  /** Examples that `find` no longer knows are left out. @throws CHECKPOINT_CORRUPT */
  restore(state: ReplayState, find: FindExample): void;
}
