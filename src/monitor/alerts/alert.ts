import { alertTable, type AlertCode, type AlertSeverity } from './alert-table.ts';

/** What an alert, or a value that is looked at, is about. */
export interface AlertScope {
  readonly taskId: string;
  /** The registry's number; absent where it is about the task, null for a model that never was there. */
  readonly modelVersion?: number | null;
  /** Absent where it is about all of them. */
  readonly segment?: string;
}

/** Plain JSON. */
export interface Alert extends AlertScope {
  readonly code: AlertCode;
  readonly severity: AlertSeverity;
  /** When it was last looked at. */
  readonly value: number;
  /** At which it is raised. */
  readonly threshold: number;
  /** Since when it has been so: the first of the looks that raised it. */
  readonly sinceMs: number;
  readonly message: string;
}

export interface AlertEvent {
  readonly kind: 'raised' | 'cleared';
  readonly atMs: number;
  readonly alert: Alert;
}

export function createAlert(
  code: AlertCode,
  about: AlertScope,
  figures: Pick<Alert, 'value' | 'threshold' | 'sinceMs'> & { readonly severity?: AlertSeverity | undefined },
): Alert {
  const { value, threshold, sinceMs, severity = alertTable[code].severity } = figures;
  const scope = scopeOf(about);
  const named: Readonly<Record<string, string | number | null | undefined>> = { ...scope, value, threshold };
  const message = alertTable[code].message.replace(/\{(\w+)\}/g, (_, name: string) => shown(named[name]));
  return { code, severity, ...scope, value, threshold, sinceMs, message };
}

/** Four digits are enough for people, where it is no whole number. */
function shown(value: string | number | null | undefined): string {
  if (typeof value === 'number') return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
  return value ?? 'not given';
}

/** Nothing else that came along, and nothing that is undefined. */
export function scopeOf(about: {
  readonly taskId: string;
  readonly modelVersion?: number | null | undefined;
  readonly segment?: string | undefined;
}): AlertScope {
  const { taskId, modelVersion, segment } = about;
  return { taskId, ...(modelVersion !== undefined && { modelVersion }), ...(segment !== undefined && { segment }) };
}
