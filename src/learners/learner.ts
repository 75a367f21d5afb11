import type { ComputeBackend, NetworkSpec, NetworkState } from '../compute/compute.ts';
import type { EncodedInput, FeatureState } from './feature-encoder.ts';

/** What an example teaches: a class, or a reward in [0, 1]. */
export type Target = { readonly label: string } | { readonly reward: number };

export interface Example {
  readonly input: EncodedInput;
  readonly target: Target;
  /** ≥ 0; 1 is an ordinary example. */
  readonly weight: number;
}

/** Everything that learning changes, as plain data. */
export interface LearnerState {
  readonly spec: NetworkSpec;
  readonly network: NetworkState;
  readonly features: FeatureState;
  readonly classes: readonly string[];
}

/**
 * A model that learns one example at a time. Verbs after River (`learn_one`, `predict_one`): learning returns nothing, predicting
 * changes nothing. Asynchronous, because a backend may be.
 */
export interface Learner {
  /** Classes seen or declared so far, in the order of the outputs. */
  readonly classes: readonly string[];
  /** Takes the fresh example into the feature statistics and takes one training step on it and `replayed` together. @throws COMPUTE_FAILED */
  learnOne(fresh: Example, replayed: readonly Example[]): Promise<void>;
  /** One more training step, on examples whose features were taken into the statistics before. @throws COMPUTE_FAILED */
  rehearse(examples: readonly Example[]): Promise<void>;
  /** Expected reward of each input, in [0, 1]. @throws COMPUTE_FAILED */
  predictRewards(inputs: readonly EncodedInput[]): Promise<Float64Array>;
  /** Probability of each class of {@link classes}; they add up to 1. @throws COMPUTE_FAILED */
  predictProbaOne(input: EncodedInput): Promise<Float64Array>;
  /** @throws COMPUTE_FAILED */
  state(): Promise<LearnerState>;
  /** Continues on another backend from the same state. */
  moveTo(backend: ComputeBackend): Promise<void>;
  dispose(): void;
}
