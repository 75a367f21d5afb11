import type { PartState } from '../core/part-state.ts';
import type { Row } from './row.ts';

/**
 * Models in typed arrays on the CPU, members of an ensemble: synchronous, deterministic (same seed and same sequence of calls: the same bits),
 * and without a memory of who asked. Predicting changes nothing. What they allocate is bounded from the start.
 */
interface OnlineModel {
  /** A copy of everything that learning changed. */
  state(): PartState;
  /** Continues exactly where `state` was taken. @throws CHECKPOINT_CORRUPT when it is not a state of such a model */
  restore(state: PartState): void;
}

export interface OnlineClassifier extends OnlineModel {
  /** Makes room for `count` classes, never fewer than before. */
  growClasses(count: number): void;
  /** Writes a probability for each class into `out` [classes]; they add up to 1. With nothing learned: uniform. */
  predictProbaOne(row: Row, out: Float64Array): void;
  /** @param label index of the class @param weight ≥ 0, 1 is an ordinary example */
  learnOne(row: Row, label: number, weight: number): void;
  /** Takes over where the stream has just been from a model of the same kind that learns on; what was learned stays as it is. For models that look at it. */
  followRecent?(other: OnlineClassifier): void;
}

export interface OnlineRegressor extends OnlineModel {
  predictOne(row: Row): number;
  /** @param weight ≥ 0, 1 is an ordinary example */
  learnOne(row: Row, target: number, weight: number): void;
}

/** A classifier that knows which inputs are like those that were learned lately. */
export interface ContextAware {
  isOfRecentContext(row: Row): boolean;
}
