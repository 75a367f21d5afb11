import type { HostAssertion } from './evidence.ts';
import type { GateCheck } from './gate-check.ts';

export function hostAssertionChecks(assertions: readonly HostAssertion[]): readonly GateCheck[] {
  return assertions.map(({ name, passed, explanation }) => ({
    name: `assertion:${name}`,
    passed,
    value: null,
    threshold: null,
    explanation: explanation ?? `the page's assertion "${name}" ${passed ? 'holds' : 'does not hold'}`,
  }));
}
