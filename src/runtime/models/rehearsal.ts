import type { ReplayState } from '../../continual/replay-state.ts';
import type { Example } from '../../learners/learner.ts';
import type { NetworkTrainer } from '../../learners/ensemble-classifier.ts';
import type { ExperiencePayload } from '../../memory/records.ts';
import type { ModelOrigin } from './model.ts';

/** A strategy of `src/continual` as a model uses it. */
export interface Rehearsal extends NetworkTrainer {
  state(): ReplayState;
  restore(state: ReplayState, find: (position: number) => Example | undefined): void;
}

/** Finds the examples that the buffer refers to again, by their places in the log. */
export function restoreRehearsal(
  rehearsal: Rehearsal,
  { checkpoint, replayed }: ModelOrigin,
  exampleOf: (payload: ExperiencePayload) => Example | undefined,
): void {
  if (!checkpoint.replay) return;
  const payloads = new Map(replayed.map(({ position, payload }) => [position, payload]));
  rehearsal.restore(checkpoint.replay, (position) => {
    const payload = payloads.get(position);
    return payload && exampleOf(payload);
  });
}
