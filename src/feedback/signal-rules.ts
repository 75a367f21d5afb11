import * as v from 'valibot';
import { operatingSignals, type SignalType } from '../core/signal.ts';
import { TendrilError } from '../errors.ts';
import type { RewardFormula } from './reward-formula.ts';

/** How signals of one type are joined to decisions. */
export interface SignalRule {
  /** How long after its decision a signal still counts. */
  readonly windowMs: number;
  /** How several signals of one item become one number. `last` is the last by time, `any` is 1. */
  readonly aggregate: 'max' | 'sum' | 'last' | 'any';
  /** A `duration` may still grow after its first signal. */
  readonly kind: 'event' | 'duration';
  /** The visitor turned to this one item, on purpose. That it was on the screen is no engagement. */
  readonly engagement: boolean;
  /** Signal of the page's operation, which says nothing about a decision. */
  readonly operating: boolean;
  /** Of explicit signals that judge: what was said, in [0, 1]. */
  readonly satisfaction: ((value: number) => number) | null;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const rule = (rest: Partial<SignalRule>): SignalRule => ({
  windowMs: DAY_MS,
  aggregate: 'any',
  kind: 'event',
  engagement: false,
  operating: false,
  satisfaction: null,
  ...rest,
});
const judgement = (satisfaction: (value: number) => number): SignalRule =>
  rule({ windowMs: 7 * DAY_MS, aggregate: 'last', engagement: true, satisfaction });

/** A page's own signal: what it reports, it reports of something that the visitor did with the item. */
const custom = rule({ windowMs: 7 * DAY_MS, aggregate: 'max', engagement: true });
const operating = rule({ operating: true });

const builtIn: ReadonlyMap<string, SignalRule> = new Map([
  ['thumb', judgement((value) => (value + 1) / 2)],
  ['stars', judgement((value) => (value - 1) / 4)],
  // 1: this was wrong; -1: this is what was right instead.
  ['correction', judgement((value) => (1 - value) / 2)],
  ['dismiss', judgement(() => 0)],
  ['why', rule({ windowMs: 7 * DAY_MS })],
  ['choice', rule({ engagement: true })],
  ['impression', rule({ windowMs: HOUR_MS })],
  ['hover', rule({ windowMs: HOUR_MS })],
  ['click', rule({ engagement: true })],
  ['copy', rule({ engagement: true })],
  ['selection', rule({ engagement: true })],
  ['dwell', rule({ aggregate: 'sum', kind: 'duration' })],
  ['scroll', rule({ aggregate: 'max', kind: 'duration' })],
  ['media', rule({ aggregate: 'max', kind: 'duration', engagement: true })],
  // The longest way back: who came again and stayed was not lost by the first look.
  ['bounce', rule({ aggregate: 'max', engagement: true })],
  ['completion', rule({ windowMs: 7 * DAY_MS, engagement: true })],
  ['session', rule({ aggregate: 'sum', kind: 'duration' })],
  ['abandonment', rule({})],
  ...operatingSignals.map((type): [string, SignalRule] => [type, operating]),
]);

/** Of the visit, never of an item that the visitor turned to, whatever a formula reads. */
const neverEngagement: readonly string[] = ['impression', 'session', 'abandonment'];

/** What {@link defaultReward} reads beside what judges. */
const defaultRewardTypes = ['click', 'choice', 'completion', 'bounce'];

const MAX_WINDOW_S = 90 * 24 * 3600;
const DEFAULT_SETTLE_AFTER_S = 30;
const seconds = (least: number, most: number) => v.pipe(v.number(), v.minValue(least), v.maxValue(most));

export const signalTypeName = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,49}$/, 'not the name of a signal'));

/** What a task may declare: attribution windows by type and how long after its last signal an item is settled, in seconds. */
export const feedbackOptions = v.strictObject({
  windows: v.optional(
    v.pipe(
      v.record(signalTypeName, seconds(1, MAX_WINDOW_S)),
      v.check((windows) => Object.keys(windows).length <= 64, 'more than 64 windows'),
    ),
    {},
  ),
  settleAfter: v.optional(seconds(0, 24 * 3600), DEFAULT_SETTLE_AFTER_S),
});
export type AttributionOptions = v.InferInput<typeof feedbackOptions>;

/** How the signals of one task are joined. */
export interface AttributionRules {
  of(type: SignalType): SignalRule;
  /** The task's own, or null for the default reward. */
  readonly formula: RewardFormula | null;
  /** Types that the reward is made of. */
  readonly read: ReadonlySet<string>;
  /** Whether the reward reads something that may still grow: then an item is not settled at its first signal. */
  readonly waits: boolean;
  readonly settleAfterMs: number;
  /** No signal counts that comes later than this after its decision. */
  readonly longestWindowMs: number;
}

/** @param input the task's declaration, untrusted @throws INVALID_CONFIG */
export function rulesFor(input: unknown = {}, formula: RewardFormula | null = null): AttributionRules {
  const result = v.safeParse(feedbackOptions, input);
  if (!result.success) throw new TendrilError('INVALID_CONFIG', { reason: `feedback: ${v.summarize(result.issues)}` });
  const { windows, settleAfter } = result.output;
  const declared = new Map(Object.entries(windows));
  const read = new Set(formula ? formula.signals : defaultRewardTypes);
  const of = (type: string): SignalRule => {
    const found = builtIn.get(type) ?? custom;
    const window = declared.get(type);
    const engagement =
      found.engagement || (formula !== null && read.has(type) && !found.operating && !neverEngagement.includes(type));
    if (window === undefined && engagement === found.engagement) return found;
    return { ...found, engagement, windowMs: window === undefined ? found.windowMs : window * 1000 };
  };
  const types = [...builtIn.keys(), ...read, ...declared.keys()];
  return {
    of,
    formula,
    read,
    waits: [...read].some((type) => of(type).kind === 'duration'),
    settleAfterMs: settleAfter * 1000,
    longestWindowMs: Math.max(custom.windowMs, ...types.map((type) => of(type).windowMs)),
  };
}

/** Seconds within which a visitor who comes back has not found what the click promised. */
const EARLY_BOUNCE_S = 10;

/**
 * The reward where no formula is declared, in [0, 1]: what the visitor said, where something was; otherwise 1 for a choice, a completion or a click, less
 * for a click that was followed by an early way back (clicks with short dwell times are the dissatisfied ones: Fox et al. 2005, doi:10.1145/1059981.1059982;
 * Kim et al. 2014, doi:10.1145/2556195.2556220).
 */
export function defaultReward(signals: Readonly<Record<string, number>>, satisfaction: number | null): number {
  if (satisfaction !== null) return satisfaction;
  const has = (type: string): boolean => Object.hasOwn(signals, type);
  if (has('choice') || has('completion')) return 1;
  if (!has('click')) return 0;
  return has('bounce') ? Math.min(1, Math.max(0, signals.bounce ?? 0) / EARLY_BOUNCE_S) : 1;
}
