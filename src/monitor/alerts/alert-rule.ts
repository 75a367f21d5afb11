import * as v from 'valibot';
import { finite, requireConfig, wholeNumber } from '../outcome/parse-state.ts';
import type { AlertCode, AlertSeverity } from './alert-table.ts';

/** When a metric's value is worth an alert. */
export interface AlertRule {
  readonly code: AlertCode;
  /** Name of the metric that it looks at; see `metric-values.ts`. */
  readonly metric: string;
  /** Raised at this value and beyond: above where `raise` is above `clear`, otherwise below. */
  readonly raise: number;
  /** Cleared at this value and on the other side. Between the two nothing changes, so that a value at the limit does not ring and ring. */
  readonly clear: number;
  /** Looks in a row that it takes to raise, and to clear; default 3. */
  readonly looks?: number;
  /** Least time between two raises; default one hour. */
  readonly coolDownMs?: number;
  /** Default: that of the code. */
  readonly severity?: AlertSeverity;
}

/** What a rule has seen of one value. */
export interface Watch {
  /** Looks in a row at which it was beyond; at which it was back. */
  readonly beyond: number;
  readonly back: number;
  /** Of the first of those beyond. */
  readonly beyondSinceMs: number | null;
  /** Null while there is no alert. */
  readonly raised: { readonly sinceMs: number; readonly value: number } | null;
  readonly lastRaisedAtMs: number | null;
}

export const watchSchema = v.strictObject({
  beyond: wholeNumber,
  back: wholeNumber,
  beyondSinceMs: v.nullable(finite),
  raised: v.nullable(v.strictObject({ sinceMs: finite, value: finite })),
  lastRaisedAtMs: v.nullable(finite),
});

export const freshWatch: Watch = { beyond: 0, back: 0, beyondSinceMs: null, raised: null, lastRaisedAtMs: null };

const HOUR_MS = 3_600_000;

/** @throws INVALID_CONFIG */
export function requireValidRule({ code, raise, clear, looks = 1, coolDownMs = 0 }: AlertRule): void {
  requireConfig(Number.isFinite(raise) && Number.isFinite(clear), `${code}: limits that are not finite`);
  requireConfig(raise !== clear, `${code}: raised and cleared at the same value`);
  requireConfig(Number.isInteger(looks) && looks >= 1, `${code}: ${looks} looks`);
  requireConfig(coolDownMs >= 0, `${code}: a cool-down of ${coolDownMs} ms`);
}

/** The watch after another look. @param value finite */
export function look(rule: AlertRule, watch: Watch, value: number, nowMs: number): Watch {
  const sign = rule.raise > rule.clear ? 1 : -1;
  const isBeyond = sign * value >= sign * rule.raise;
  const isBack = sign * value <= sign * rule.clear;
  const looked = {
    ...watch,
    beyond: isBeyond ? watch.beyond + 1 : 0,
    back: isBack ? watch.back + 1 : 0,
    beyondSinceMs: isBeyond ? (watch.beyondSinceMs ?? nowMs) : null,
  };
  return watch.raised ? whileRaised(rule, looked, watch.raised.sinceMs, value) : whileQuiet(rule, looked, value, nowMs);
}

function whileRaised({ looks = 3 }: AlertRule, watch: Watch, sinceMs: number, value: number): Watch {
  return { ...watch, raised: watch.back >= looks ? null : { sinceMs, value } };
}

function whileQuiet(rule: AlertRule, watch: Watch, value: number, nowMs: number): Watch {
  const { looks = 3, coolDownMs = HOUR_MS } = rule;
  const passedMs = watch.lastRaisedAtMs === null ? Infinity : nowMs - watch.lastRaisedAtMs;
  // A clock that was set back must not keep everything quiet until it has caught up.
  const coolsDown = passedMs >= 0 && passedMs < coolDownMs;
  if (watch.beyond < looks || coolsDown) return watch;
  return { ...watch, raised: { sinceMs: watch.beyondSinceMs ?? nowMs, value }, lastRaisedAtMs: nowMs };
}
