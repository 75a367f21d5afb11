import type { PolicyOptions } from '../../../src/policies/create-policy.ts';

/** Every kind of exploration over the default reward model; settings are those of the papers or of Vowpal Wabbit, none is tuned to a benchmark. */
export const POLICY_ROWS: readonly { readonly method: string; readonly policy: PolicyOptions }[] = [
  { method: 'Greedy', policy: { exploration: { kind: 'greedy' }, floor: 0, budget: null } },
  {
    method: 'Epsilon-greedy 0.05',
    policy: { exploration: { kind: 'epsilon-greedy', epsilon: 0.05 }, floor: 0, budget: null },
  },
  {
    method: 'Epsilon-greedy 0.2, halved after 500',
    policy: { exploration: { kind: 'epsilon-greedy', epsilon: 0.2, halfAfter: 500 }, floor: 0, budget: null },
  },
  { method: 'LinUCB, α = 1', policy: { exploration: { kind: 'lin-ucb', alpha: 1 }, floor: 0, budget: null } },
  {
    method: 'Thompson sampling, spread 1',
    policy: { exploration: { kind: 'thompson-sampling', spread: 1 }, floor: 0, budget: null },
  },
  { method: 'SquareCB, 10 √t', policy: { exploration: { kind: 'square-cb', scale: 10 }, floor: 0, budget: null } },
];
