import type { AuditRecord } from '../memory/review-records.ts';
import { actions } from './audit.ts';

/**
 * Who may not approve a version: who asked for it, and who has settled the last review of the task's decisions. That person has just taught the model, and
 * would approve of their own work. Names are as given: the page, or later the registry, vouches for them.
 * @param trail of the task, in order
 */
export function barredFromApproval(trail: Iterable<AuditRecord>, requestedBy: string): ReadonlySet<string> {
  let last: string | null = null;
  for (const { action, actor } of trail) if (actions.settled.includes(action)) last = actor;
  return new Set([requestedBy, ...(last === null ? [] : [last])].map(normalName));
}

export function isBarred(barred: ReadonlySet<string>, approver: string): boolean {
  return barred.has(normalName(approver));
}

/** Two ways to write one name are one person. */
function normalName(name: string): string {
  return name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}
