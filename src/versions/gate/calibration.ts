import type { GateEvidence } from './evidence.ts';
import { digits, notJudged, type GateCheck } from './gate-check.ts';

const NAME = 'calibration';

/**
 * @param margin that a calibration error which is known exactly may be higher by; of few experiences it is mostly chance, and twice the standard error that a
 * difference can have is added
 * @param least fewer experiences are not judged
 */
export function calibrationCheck(
  calibration: GateEvidence['calibration'],
  { margin, least }: { readonly margin: number; readonly least: number },
): GateCheck {
  if (!calibration || calibration.count < least) {
    return notJudged(NAME, margin, `fewer than ${least} experiences say how calibrated it is`);
  }
  const { champion, challenger } = calibration;
  const value = challenger - champion;
  const threshold = margin + 1 / Math.sqrt(calibration.count);
  const explanation = `its calibration error is ${challenger.toFixed(4)}, the champion's ${champion.toFixed(4)}; it may be ${digits(threshold)} higher`;
  return { name: NAME, passed: value <= threshold, value, threshold, explanation };
}
