import type { NetworkSpec, NetworkState } from '../compute/compute.ts';
import type { PartState } from '../core/part-state.ts';
import type { FeatureState } from './feature-encoder.ts';

/** A network as it is stored: its shape, and everything that training changes. */
export interface NetworkPart {
  readonly spec: NetworkSpec;
  readonly state: NetworkState;
}

/** Everything that learning changes in one task's model, as plain data. */
export interface ModelState {
  readonly features: FeatureState;
  /** Classes seen or declared so far, in the order of the outputs; empty for tasks without classes. */
  readonly classes: readonly string[];
  /** null for a model that has no network. */
  readonly network: NetworkPart | null;
  /** The parts in typed arrays, by name. */
  readonly parts: Readonly<Record<string, PartState>>;
}
