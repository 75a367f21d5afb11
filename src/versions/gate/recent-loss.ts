import type { RecentLossEvidence } from './evidence.ts';
import { digits, notJudged, type GateCheck } from './gate-check.ts';

const NAME = 'recent-loss';

/**
 * Whether the challenger is proven better on what both predicted before either learned it. The one check that must prove something, so that equally
 * good challengers do not replace each other; only a first version passes without a champion to be compared with.
 */
export function recentLossCheck(evidence: RecentLossEvidence | null, firstVersion: boolean, alpha: number): GateCheck {
  const threshold = -Math.log(alpha);
  if (!evidence) {
    if (firstVersion) return notJudged(NAME, threshold, 'there is no champion to be compared with');
    const explanation = 'nothing was predicted by both champion and challenger yet';
    return { name: NAME, passed: false, value: null, threshold, explanation };
  }
  const { count, mean, maxLogEvidence } = evidence;
  const passed = maxLogEvidence >= threshold;
  const explanation = `over ${count} experiences its loss is ${Math.abs(mean).toFixed(4)} ${mean >= 0 ? 'lower' : 'higher'} than the champion's; that it is better ${passed ? 'is' : 'is not'} proven at ${digits(1 - alpha)}`;
  return { name: NAME, passed, value: maxLogEvidence, threshold, explanation };
}
