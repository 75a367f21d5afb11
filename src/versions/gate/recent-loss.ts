import type { RecentLossEvidence } from './evidence.ts';
import { digits, notJudged, type GateCheck } from './gate-check.ts';

const NAME = 'recent-loss';

/**
 * Whether the challenger is proven better, or not worse by a margin, on what both predicted before either learned it. The one check that must prove something;
 * only a first version passes without a champion to be compared with.
 * @param alpha above 1, nothing has to be proven: evidence against the challenger must not be that strong
 */
export function recentLossCheck(evidence: RecentLossEvidence | null, firstVersion: boolean, alpha: number): GateCheck {
  const threshold = -Math.log(alpha);
  if (!evidence) {
    if (firstVersion) return notJudged(NAME, threshold, 'there is no champion to be compared with');
    const explanation = 'nothing was predicted by both champion and challenger yet';
    return { name: NAME, passed: false, value: null, threshold, explanation };
  }
  const { count, mean, maxLogEvidence, mayBeWorse = 0 } = evidence;
  const passed = maxLogEvidence >= threshold;
  const explanation = `over ${count} experiences its loss is ${Math.abs(mean).toFixed(4)} ${mean >= 0 ? 'lower' : 'higher'} than the champion's; ${verdictOf(passed, alpha, mayBeWorse)}`;
  return { name: NAME, passed, value: maxLogEvidence, threshold, explanation };
}

function verdictOf(passed: boolean, alpha: number, mayBeWorse: number): string {
  if (alpha >= 1) return `so early it is enough that it has not been clearly worse, and it has${passed ? ' not' : ''}`;
  const claim = mayBeWorse === 0 ? 'better' : `not ${digits(mayBeWorse)} worse`;
  return `that it is ${claim} ${passed ? 'is' : 'is not'} proven at ${digits(1 - alpha)}`;
}
