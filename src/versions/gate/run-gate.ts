import { calibrationCheck } from './calibration.ts';
import type { GateEvidence } from './evidence.ts';
import { exemplarsCheck } from './exemplars.ts';
import { finiteWeightsCheck } from './finite-weights.ts';
import type { GateCheck } from './gate-check.ts';
import { defaultGateOptions, type GateOptions } from './gate-options.ts';
import { hostAssertionChecks } from './host-assertions.ts';
import { latencyCheck } from './latency.ts';
import { learnedEnoughCheck } from './learned-enough.ts';
import { offPolicyValueCheck } from './off-policy-value.ts';
import { recentLossCheck } from './recent-loss.ts';
import { sizeCheck } from './size.ts';

/** Whether a challenger may become champion, and why or why not; plain data. */
export interface GateReport {
  readonly passed: boolean;
  readonly checks: readonly GateCheck[];
}

/** Every check, so that a report says everything that stands against a promotion. The same evidence always gives the same report. */
export function runGate(evidence: GateEvidence, options: Partial<GateOptions> = {}): GateReport {
  const settings = { ...defaultGateOptions, ...options };
  const checks = [
    ...ownChecks(evidence, settings),
    ...(evidence.firstVersion ? [] : comparingChecks(evidence, settings)),
    ...hostAssertionChecks(evidence.assertions),
  ];
  return { passed: checks.every(({ passed }) => passed), checks };
}

function ownChecks(evidence: GateEvidence, options: GateOptions): readonly GateCheck[] {
  return [
    finiteWeightsCheck(evidence.finiteWeights),
    sizeCheck(evidence.sizeBytes, options.maxSizeBytes),
    learnedEnoughCheck(evidence.learnedCount, options.minLearned),
    recentLossCheck(evidence.recentLoss, evidence.firstVersion, options.alpha),
  ];
}

function comparingChecks(evidence: GateEvidence, options: GateOptions): readonly GateCheck[] {
  const { exemplarMargin, exemplarAlpha, minExemplars, calibrationMargin, minCalibrationCount } = options;
  const { maxLatencyRatio, negligibleLatencyMs } = options;
  return [
    exemplarsCheck(evidence.exemplarLosses, { margin: exemplarMargin, alpha: exemplarAlpha, least: minExemplars }),
    offPolicyValueCheck(evidence.valueDifference),
    calibrationCheck(evidence.calibration, { margin: calibrationMargin, least: minCalibrationCount }),
    latencyCheck(evidence.latencyMs, { maxRatio: maxLatencyRatio, negligibleMs: negligibleLatencyMs }),
  ];
}
