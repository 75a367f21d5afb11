import type { Clock } from '../core/clock.ts';
import type { ParsedTask } from '../learners/task-schema.ts';
import { learningSpentKey, type Store } from '../memory/store.ts';
import { LearningPlan, type LearningReason, type LearningSpent } from '../versions/learning-plan.ts';

export interface LearningAccountOptions {
  readonly task: ParsedTask;
  readonly modelKey: string;
  readonly store: Store;
  readonly clock: Clock;
  /** Brings what {@link LearningAccount.plan} knows of the device up to date. */
  readonly lookAround: () => Promise<void>;
}

/** When a model learns, and what it has used today of the time that it may have: kept in the store, because page views are short. */
export class LearningAccount {
  readonly #options: LearningAccountOptions;
  readonly plan: LearningPlan;

  constructor(options: LearningAccountOptions) {
    this.#options = options;
    this.plan = new LearningPlan(options.task.learning, options.clock.nowMs());
  }

  /** What was used for learning today, before this worker. */
  async resume(): Promise<void> {
    const { store, modelKey, task } = this.#options;
    if (task.learning.maxSecondsPerDay === undefined) return;
    const spent = (await store.setting(learningSpentKey(modelKey))) as Partial<LearningSpent> | undefined;
    if (Number.isFinite(spent?.day) && Number.isFinite(spent?.ms)) this.plan.resume(spent as LearningSpent);
  }

  async keep(): Promise<void> {
    const { store, modelKey, task } = this.#options;
    if (task.learning.maxSecondsPerDay !== undefined)
      await store.putSetting(learningSpentKey(modelKey), this.plan.spent);
  }

  /** @param learnedTo log position after which nothing is learned yet */
  async allows(reason: LearningReason, learnedTo: number): Promise<boolean> {
    if (reason === 'asked') return true;
    const { store, modelKey, clock, task, lookAround } = this.#options;
    await lookAround();
    // Almost always: one is enough, and is looked for anyway.
    const { every } = task.learning;
    const waiting = every === 1 ? 1 : await store.countExperiencesAfter(modelKey, learnedTo);
    return this.plan.mayLearn(reason, waiting, clock.nowMs());
  }
}
