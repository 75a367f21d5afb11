import * as v from 'valibot';
import type { Clock } from '../../core/clock.ts';
import type { Json } from '../../core/part-state.ts';
import { invalidData, parseState, requireConfig, wholeNumber } from '../outcome/parse-state.ts';
import { createAlert, scopeOf, type Alert, type AlertEvent, type AlertScope } from './alert.ts';
import { alertCode, AlertEntries, type AlertEntry } from './alert-entries.ts';
import { freshWatch, look, requireValidRule, type AlertRule } from './alert-rule.ts';
import type { AlertCode } from './alert-table.ts';

export interface MetricValue extends AlertScope {
  readonly metric: string;
  /** Null where there is nothing to say yet: that is no look. */
  readonly value: number | null;
}

/** Something that happened, rather than a value that is beyond a limit. */
export interface AlertReport extends AlertScope {
  readonly code: AlertCode;
  readonly value: number;
  readonly threshold?: number;
}

/** How many alerts stand and were ever raised, by code: nothing about who or what. */
export type AlertCounts = Partial<Record<AlertCode, { readonly standing: number; readonly raised: number }>>;

type Raised = NonNullable<AlertEntry['watch']['raised']>;

const stateSchema = v.strictObject({
  entries: v.unknown(),
  raised: v.array(v.strictTuple([alertCode, wholeNumber])),
});

/** Which alerts stand. It has no timer: it is asked to look. */
export class AlertBook {
  readonly #rules: readonly AlertRule[];
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #entries = new AlertEntries();
  #raised = new Map<AlertCode, number>();

  /** @throws INVALID_CONFIG for a rule that is not valid, or two of one code and metric */
  constructor(rules: readonly AlertRule[], clock: Pick<Clock, 'nowMs'>) {
    rules.forEach(requireValidRule);
    const names = new Set(rules.map(({ code, metric }) => `${code} ${metric}`));
    requireConfig(names.size === rules.length, 'two alert rules of one code and metric');
    this.#rules = rules;
    this.#clock = clock;
  }

  /** One look at each value. @throws INVALID_DATA for values that are not finite; then nothing was looked at */
  look(values: readonly MetricValue[]): AlertEvent[] {
    const nowMs = this.#clock.nowMs();
    const wrong = values.find(({ value }) => value !== null && !Number.isFinite(value));
    if (wrong) throw invalidData(`the metric "${wrong.metric}" is not finite`);
    return values.flatMap(({ metric, value, ...about }) =>
      value === null
        ? []
        : this.#rules
            .filter((rule) => rule.metric === metric)
            .flatMap((rule) => this.#lookAt(rule, scopeOf(about), value, nowMs)),
    );
  }

  #lookAt(rule: AlertRule, scope: AlertScope, value: number, nowMs: number): AlertEvent[] {
    const { code, metric, raise: threshold } = rule;
    const before = this.#entries.find(code, metric, scope)?.watch ?? freshWatch;
    const watch = look(rule, before, value, nowMs);
    const entry = { code, metric, scope, threshold, watch };
    if (!this.#entries.put(entry)) return [];
    if (watch.raised && !before.raised) return this.#raise(entry, watch.raised, nowMs);
    if (before.raised && !watch.raised) return [this.#event('cleared', entry, { ...before.raised, value }, nowMs)];
    return [];
  }

  /** It stands until it is resolved; told again, only its value changes. @throws INVALID_DATA for a value that is not finite */
  report({ code, value, threshold = 0, ...about }: AlertReport): AlertEvent[] {
    if (!Number.isFinite(value) || !Number.isFinite(threshold)) throw invalidData(`the report ${code} is not finite`);
    const nowMs = this.#clock.nowMs();
    const scope = scopeOf(about);
    const before = this.#entries.find(code, null, scope)?.watch.raised;
    const raised = { sinceMs: before?.sinceMs ?? nowMs, value };
    const entry = { code, metric: null, scope, threshold, watch: { ...freshWatch, raised, lastRaisedAtMs: nowMs } };
    return this.#entries.put(entry) && !before ? this.#raise(entry, raised, nowMs) : [];
  }

  /** Ends every alert that fits all that is given, and forgets what was watched there: somebody took note of it, or the model version is gone. */
  resolve({ code, ...about }: Partial<AlertScope> & { readonly code?: AlertCode }): AlertEvent[] {
    const nowMs = this.#clock.nowMs();
    const wanted = Object.entries(about) as [keyof AlertScope, unknown][];
    const found = this.#entries
      .all()
      .filter((entry) => code === undefined || entry.code === code)
      .filter(({ scope }) => wanted.every(([name, value]) => scope[name] === value));
    for (const entry of found) this.#entries.delete(entry);
    return found.flatMap((entry) =>
      entry.watch.raised ? [this.#event('cleared', entry, entry.watch.raised, nowMs)] : [],
    );
  }

  /** The one looked at longest ago first. */
  standing(): Alert[] {
    return this.#entries.all().flatMap((entry) => (entry.watch.raised ? [this.#alert(entry, entry.watch.raised)] : []));
  }

  /** For the registry. */
  counts(): AlertCounts {
    const standing = this.standing();
    const countOf = (code: AlertCode): number => standing.filter((alert) => alert.code === code).length;
    return Object.fromEntries([...this.#raised].map(([code, raised]) => [code, { standing: countOf(code), raised }]));
  }

  #raise(entry: AlertEntry, raised: Raised, nowMs: number): AlertEvent[] {
    this.#raised.set(entry.code, (this.#raised.get(entry.code) ?? 0) + 1);
    return [this.#event('raised', entry, raised, nowMs)];
  }

  #event(kind: AlertEvent['kind'], entry: AlertEntry, raised: Raised, atMs: number): AlertEvent {
    return { kind, atMs, alert: this.#alert(entry, raised) };
  }

  #alert({ code, metric, scope, threshold }: AlertEntry, raised: Raised): Alert {
    const rule = this.#rules.find((one) => one.code === code && one.metric === metric);
    return createAlert(code, scope, { ...raised, threshold, severity: rule?.severity });
  }

  state(): Json {
    return { entries: this.#entries.state(), raised: [...this.#raised] };
  }

  /** Continues exactly where `state` was taken; what was watched for rules that are no more is left out. @throws INVALID_DATA */
  restore(state: unknown): void {
    const { entries, raised } = parseState(stateSchema, state, 'alerts');
    if (new Map(raised).size !== raised.length) throw invalidData('a code is counted twice');
    this.#entries.restore(entries, (code, metric) =>
      this.#rules.some((rule) => rule.code === code && rule.metric === metric),
    );
    this.#raised = new Map(raised);
  }
}
