import type { GateCheck } from './gate-check.ts';

export function finiteWeightsCheck(finite: boolean): GateCheck {
  const explanation = finite ? 'every weight is finite' : 'a weight is not finite';
  return { name: 'finite-weights', passed: finite, value: null, threshold: null, explanation };
}
