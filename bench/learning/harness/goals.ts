import type { MethodSummary } from '../aggregate.ts';
import { DEFAULT_METHOD, type Goal } from '../benchmark.ts';

/** A goal held against the mean over the seeds. */
export interface GoalCheck {
  readonly goal: Goal;
  /** null where the default has no such metric: then the goal is not reached. */
  readonly mean: number | null;
  readonly reached: boolean;
  /** How far the mean is from the goal, ≥ 0; 0 when it is reached, null when there is none. */
  readonly missedBy: number | null;
}

export function checkGoals(goals: readonly Goal[], methods: readonly MethodSummary[]): GoalCheck[] {
  const own = methods.find(({ method }) => method === DEFAULT_METHOD);
  return goals.map((goal) => {
    const mean = own?.metrics[goal.metric]?.mean ?? null;
    if (mean === null) return { goal, mean, reached: false, missedBy: null };
    const { atLeast = -Infinity, atMost = Infinity } = goal;
    const missedBy = Math.max(0, atLeast - mean, mean - atMost);
    return { goal, mean, reached: missedBy === 0, missedBy };
  });
}
