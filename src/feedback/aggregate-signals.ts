import type { AttributionRules } from './signal-rules.ts';

/** One signal as it counts for one item. */
export interface ItemSignal {
  readonly signalId: string;
  readonly type: string;
  readonly atMs: number;
  readonly value: number;
  readonly censored: boolean;
}

export interface AggregatedSignals {
  /** Type to value. */
  readonly signals: Readonly<Record<string, number>>;
  /** What was said last, in [0, 1]; null where nothing was. */
  readonly satisfaction: number | null;
  /** Types whose value is a lower bound, because the visitor left while it grew. Sorted. */
  readonly censored: readonly string[];
  /** Ids of the signals behind the values, in order of time. */
  readonly evidence: readonly string[];
  readonly lastAtMs: number;
}

/** Types kept of one item, those that the reward reads first. */
const MAX_TYPES = 64;

/** @param given in order of time; sums are added up in that order, so that they are the same to the last bit */
export function aggregateSignals(given: readonly ItemSignal[], rules: AttributionRules): AggregatedSignals {
  const types = keptTypes(given, rules);
  const values = new Map<string, number>();
  const censored = new Set<string>();
  const evidence: string[] = [];
  let satisfaction: number | null = null;
  let lastAtMs = -Infinity;
  for (const signal of given) {
    if (!types.has(signal.type)) continue;
    const rule = rules.of(signal.type);
    values.set(signal.type, combine(rule.aggregate, values.get(signal.type), signal.value));
    markCensored(censored, signal, rule.aggregate);
    if (rule.satisfaction) satisfaction = Math.min(1, Math.max(0, rule.satisfaction(signal.value)));
    evidence.push(signal.signalId);
    lastAtMs = Math.max(lastAtMs, signal.atMs);
  }
  const signals = Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { signals, satisfaction, censored: [...censored].sort(), evidence, lastAtMs };
}

function combine(aggregate: 'max' | 'sum' | 'last' | 'any', before: number | undefined, value: number): number {
  if (aggregate === 'any') return 1;
  if (aggregate === 'last' || before === undefined) return value;
  return aggregate === 'sum' ? before + value : Math.max(before, value);
}

/** A sum or a largest value with a part that was cut short is cut short itself. */
function markCensored(censored: Set<string>, signal: ItemSignal, aggregate: 'max' | 'sum' | 'last' | 'any'): void {
  if (aggregate === 'last') censored.delete(signal.type);
  if (signal.censored && aggregate !== 'any') censored.add(signal.type);
}

function keptTypes(given: readonly ItemSignal[], rules: AttributionRules): ReadonlySet<string> {
  const types = new Set(given.map(({ type }) => type));
  if (types.size <= MAX_TYPES) return types;
  const rank = (type: string): number => (rules.read.has(type) || rules.of(type).satisfaction ? 0 : 1);
  return new Set([...types].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).slice(0, MAX_TYPES));
}
