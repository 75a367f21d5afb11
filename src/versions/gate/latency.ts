import type { GateEvidence } from './evidence.ts';
import { digits, notJudged, type GateCheck } from './gate-check.ts';

const NAME = 'latency';

export function latencyCheck(
  latencyMs: GateEvidence['latencyMs'],
  { maxRatio, negligibleMs }: { readonly maxRatio: number; readonly negligibleMs: number },
): GateCheck {
  if (!latencyMs) return notJudged(NAME, maxRatio, 'no latency was measured');
  const { champion, challenger } = latencyMs;
  const ratio = challenger / Math.max(champion, Number.MIN_VALUE);
  const passed = challenger <= negligibleMs || ratio <= maxRatio;
  const explanation = `a prediction takes ${digits(challenger)} ms, the champion's ${digits(champion)} ms; ${digits(maxRatio)} times as long is allowed, and ${digits(negligibleMs)} ms always`;
  return { name: NAME, passed, value: Number.isFinite(ratio) ? ratio : null, threshold: maxRatio, explanation };
}
