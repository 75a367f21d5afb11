import type { GateEvidence } from './evidence.ts';
import { digits, notJudged, type GateCheck } from './gate-check.ts';

const NAME = 'off-policy-value';

/** Fails where the decision log proves the challenger's order to be worth less. It seldom proves that one is worth more, and need not. */
export function offPolicyValueCheck(difference: GateEvidence['valueDifference']): GateCheck {
  if (!difference) return notJudged(NAME, 0, 'the decision log says too little of the difference in value');
  const { lower, upper } = difference;
  const explanation = `the value of its decisions minus the champion's is between ${digits(lower)} and ${digits(upper)}; the upper end must not be below 0`;
  return { name: NAME, passed: upper >= 0, value: upper, threshold: 0, explanation };
}
