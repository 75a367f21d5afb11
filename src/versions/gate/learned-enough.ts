import type { GateCheck } from './gate-check.ts';

export function learnedEnoughCheck(learnedCount: number, minLearned: number): GateCheck {
  return {
    name: 'learned-enough',
    passed: learnedCount >= minLearned,
    value: learnedCount,
    threshold: minLearned,
    explanation: `it has learned ${learnedCount} experiences; at least ${minLearned} are needed`,
  };
}
