import type { GateEvidence } from './evidence.ts';
import { notJudged, type GateCheck } from './gate-check.ts';

const NAME = 'calibration';

/** @param least fewer experiences are not judged: the calibration error of few is mostly chance */
export function calibrationCheck(
  calibration: GateEvidence['calibration'],
  { margin, least }: { readonly margin: number; readonly least: number },
): GateCheck {
  if (!calibration || calibration.count < least) {
    return notJudged(NAME, margin, `fewer than ${least} experiences say how calibrated it is`);
  }
  const { champion, challenger } = calibration;
  const value = challenger - champion;
  const explanation = `its calibration error is ${challenger.toFixed(4)}, the champion's ${champion.toFixed(4)}; it may be ${margin} higher`;
  return { name: NAME, passed: value <= margin, value, threshold: margin, explanation };
}
