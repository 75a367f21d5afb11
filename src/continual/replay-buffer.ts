import type { PartState } from '../core/part-state.ts';
import type { Rng } from '../core/rng.ts';
import type { Example } from '../learners/learner.ts';

/** A remembered example, and what a strategy keeps beside it. */
export interface ReplayEntry {
  /** Log position: under it the example is found again. */
  readonly key: number;
  readonly example: Example;
  /** What the example costs to keep, by the caller's count. */
  readonly bytes: number;
  /** Scores of the model when the example was met, one for each class of that time; null where they are not kept. */
  logits: Float32Array<ArrayBuffer> | null;
  /** The last known loss, where the buffer asks for losses. */
  loss: number;
}

export interface BufferLimits {
  readonly capacity: number;
  /** Of all entries together; default: no limit. */
  readonly byteBudget?: number;
}

/** A bounded memory of examples: it decides what is kept and what is drawn. What it does follows from the calls and `rng` alone. */
export interface ReplayBuffer {
  readonly size: number;
  /** Bytes of all entries. */
  readonly bytes: number;
  /** True where draws depend on losses, so that {@link ReplayEntry.loss} is worth keeping up to date. */
  readonly usesLosses: boolean;
  /** Offers an entry. @returns false when it is turned away */
  update(entry: ReplayEntry, rng: Rng): boolean;
  /** `count` entries; none from an empty buffer. */
  sample(count: number, rng: Rng): ReplayEntry[];
  /** All entries, in an order that is part of the state. */
  entries(): readonly ReplayEntry[];
  state(): { readonly keys: readonly number[]; readonly part: PartState };
  /** Entries whose example `find` no longer knows are left out. @throws CHECKPOINT_CORRUPT */
  restore(state: { readonly keys: readonly number[]; readonly part: PartState }, find: FindExample): void;
}

export type FindExample = (position: number) => Example | undefined;

/** What examples are told apart by: their class, or whether there was a reward. */
export function groupOf({ target }: Example): string {
  return 'label' in target ? target.label : target.reward > 0 ? 'rewarded' : 'not rewarded';
}
