import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { finite, invalidData, parseState, wholeNumber } from '../outcome/parse-state.ts';
import { scopeOf, type AlertScope } from './alert.ts';
import { watchSchema, type Watch } from './alert-rule.ts';
import { alertCodes, type AlertCode } from './alert-table.ts';

/** A value that a rule looks at, or something that was reported: then there is no metric. */
export interface AlertEntry {
  readonly code: AlertCode;
  readonly metric: string | null;
  readonly scope: AlertScope;
  readonly threshold: number;
  readonly watch: Watch;
}

/** Of more, those looked at longest ago that have no alert are forgotten. */
const MOST = 256;

export const alertCode = v.picklist(alertCodes);
const scopeSchema = v.strictObject({
  taskId: v.string(),
  modelVersion: v.optional(v.nullable(wholeNumber)),
  segment: v.optional(v.string()),
});
const entrySchema = v.strictObject({
  ...{ code: alertCode, metric: v.nullable(v.string()), scope: scopeSchema, threshold: finite, watch: watchSchema },
});
const entriesSchema = v.pipe(v.array(entrySchema), v.maxLength(MOST));

/** What is watched, in bounded memory; the one looked at longest ago comes first. */
export class AlertEntries {
  #entries = new Map<string, AlertEntry>();

  find(code: AlertCode, metric: string | null, scope: AlertScope): AlertEntry | undefined {
    return this.#entries.get(keyOf({ code, metric, scope }));
  }

  /** @returns false where there is no place for it: then it is as it was */
  put(entry: AlertEntry): boolean {
    const key = keyOf(entry);
    if (!this.#entries.has(key) && this.#entries.size >= MOST) {
      const quiet = [...this.#entries].find(([, { watch }]) => !watch.raised);
      if (!quiet) return false;
      this.#entries.delete(quiet[0]);
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return true;
  }

  delete(entry: AlertEntry): void {
    this.#entries.delete(keyOf(entry));
  }

  all(): AlertEntry[] {
    return [...this.#entries.values()];
  }

  state(): Json {
    return this.all().map(({ code, metric, scope, threshold, watch }) => ({
      ...{ code, metric, threshold },
      scope: { ...scope },
      watch: { ...watch, raised: watch.raised && { ...watch.raised } },
    }));
  }

  /** @param isWatched whether there is such a rule still @throws INVALID_DATA */
  restore(state: unknown, isWatched: (code: AlertCode, metric: string) => boolean): void {
    const restored = new Map<string, AlertEntry>();
    for (const { scope, ...rest } of parseState(entriesSchema, state, 'alerts')) {
      const entry = { ...rest, scope: scopeOf(scope) };
      if (restored.has(keyOf(entry))) throw invalidData('one value is watched twice by one rule');
      if (entry.metric === null || isWatched(entry.code, entry.metric)) restored.set(keyOf(entry), entry);
    }
    this.#entries = restored;
  }
}

function keyOf({ code, metric, scope }: Pick<AlertEntry, 'code' | 'metric' | 'scope'>): string {
  return JSON.stringify([code, metric, scopeOf(scope)]);
}
