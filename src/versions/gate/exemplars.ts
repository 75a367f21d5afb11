import { pairedDifference } from '../../monitor/sequential/paired-values.ts';
import type { ExemplarLosses } from './evidence.ts';
import { digits, notJudged, type GateCheck } from './gate-check.ts';
import { signFlipTest } from './sign-flip-test.ts';

const NAME = 'exemplars';

/**
 * Whether the challenger is not worse by the margin on what long-term memory keeps, so that nothing is forgotten for the sake of what is recent: a test of
 * non-inferiority, exact for differences that are symmetric about their mean. Too few exemplars are no reason against it.
 */
export function exemplarsCheck(
  losses: readonly ExemplarLosses[] | null,
  { margin, alpha, least }: { readonly margin: number; readonly alpha: number; readonly least: number },
): GateCheck {
  if (!losses) return notJudged(NAME, alpha, 'what is recent speaks so clearly that the past does not count any more');
  if (losses.length < least) {
    return notJudged(NAME, alpha, `there are ${losses.length} exemplars of the past, fewer than ${least}`);
  }
  const differences = losses.map(({ champion, challenger }) => pairedDifference(challenger, champion, 1));
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
  const value = signFlipTest(differences.map((difference) => difference - margin));
  const passed = value <= alpha;
  const explanation = `on ${losses.length} exemplars its loss is ${Math.abs(mean).toFixed(4)} ${mean > 0 ? 'higher' : 'lower'}; that it is not ${digits(margin)} higher ${passed ? 'is' : 'is not'} shown (p = ${digits(value)}, at most ${digits(alpha)})`;
  return { name: NAME, passed, value, threshold: alpha, explanation };
}
