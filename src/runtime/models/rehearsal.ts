import type { ContinualStrategy } from '../../continual/continual-strategy.ts';
import type { ReplayEntry } from '../../continual/replay-buffer.ts';
import type { ReplayState } from '../../continual/replay-state.ts';
import type { Example } from '../../learners/learner.ts';
import type { ContinualStrategyName } from '../../core/task.ts';
import type { NetworkTrainer } from '../../learners/ensemble-classifier.ts';
import type { ExperiencePayload } from '../../memory/records.ts';
import type { ModelOrigin } from './model.ts';

/** A strategy of `src/continual` as a model uses it. */
export interface Rehearsal extends NetworkTrainer {
  /** The strategy that the task names; absent for the default. It is stored with the state, because no strategy can go on from another's. */
  readonly strategy?: ContinualStrategyName;
  /** What it could learn again, by log position. */
  remembered(): readonly ReplayEntry[];
  state(): ReplayState;
  restore(state: ReplayState, find: (position: number) => Example | undefined): void;
}

/** Finds the examples that the buffer refers to again, by their places in the log. */
export function restoreRehearsal(
  rehearsal: Rehearsal,
  { checkpoint, replayed }: ModelOrigin,
  exampleOf: (payload: ExperiencePayload) => Example | undefined,
): void {
  if (!checkpoint.replay || strategyOf(checkpoint.replay) !== rehearsal.strategy) return;
  const payloads = new Map(replayed.map(({ position, payload }) => [position, payload]));
  rehearsal.restore(checkpoint.replay, (position) => {
    const payload = payloads.get(position);
    return payload && exampleOf(payload);
  });
}

function strategyOf({ part }: ReplayState): unknown {
  return part.values['strategy'];
}

/** The strategy with its name in its state. */
export function named(strategy: ContinualStrategyName, rehearsal: ContinualStrategy): Rehearsal {
  return {
    strategy,
    learnOne: (position, example) => rehearsal.learnOne(position, example),
    learnMany: (fresh) => rehearsal.learnMany(fresh),
    remembered: () => rehearsal.remembered(),
    state() {
      const { keys, part } = rehearsal.state();
      return { keys, part: { ...part, values: { ...part.values, strategy } } };
    },
    restore: (state, find) => rehearsal.restore(state, find),
  };
}
