import type { ParsedTask } from '../../learners/task-schema.ts';
import type { AlertRule } from '../../monitor/alerts/alert-rule.ts';
import { defaultRules } from '../../monitor/alerts/default-rules.ts';

export type MonitorSettings = ParsedTask['monitor'];

/** Without a default limit: it depends on the catalogue and on the number of places. */
const undeclared = ['itemShare', 'exposureGini'] as const;

/** The default rules with what the task declares in their place. */
export function alertRules({ alerts }: MonitorSettings): AlertRule[] {
  const known = defaultRules.flatMap((rule): AlertRule[] => {
    const declared = alerts[rule.metric as keyof typeof alerts];
    if (declared === 'off') return [];
    return [{ ...rule, ...declared }];
  });
  const added = undeclared.flatMap((metric): AlertRule[] => {
    const declared = alerts[metric];
    return declared && declared !== 'off' ? [{ code: 'EXPOSURE_CONCENTRATED', metric, ...declared }] : [];
  });
  return [...known, ...added];
}

/** What a stored state must have been made with to be gone on from. */
export function settingsKey({ segments, window, halfLife }: MonitorSettings): string {
  return JSON.stringify([segments, window, halfLife]);
}
