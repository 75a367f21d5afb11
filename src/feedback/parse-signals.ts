import * as v from 'valibot';
import { suspicions, type Signal } from '../core/signal.ts';
import { invalid } from './feedback.ts';
import { signalTypeName } from './signal-rules.ts';

export interface ParsedSignals {
  readonly signals: readonly Signal[];
  /** Those that are none, by their place in the batch. */
  readonly refused: readonly { readonly index: number; readonly reason: string }[];
}

const MAX_BATCH = 1000;
/** What single precision can hold, with room for squares. */
const MAX_VALUE = 1e15;
/** The last millisecond that a date can have. */
const MAX_TIME_MS = 8.64e15;

const name = (longest: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(longest));
const within = (least: number, most: number) => v.pipe(v.number(), v.minValue(least), v.maxValue(most));

const signal = v.object({
  signalId: name(100),
  type: signalTypeName,
  atMs: within(0, MAX_TIME_MS),
  value: within(-MAX_VALUE, MAX_VALUE),
  decisionId: v.optional(name(1000)),
  taskId: v.optional(name(100)),
  item: v.optional(name(1000)),
  instead: v.optional(name(1000)),
  censored: v.optional(v.boolean()),
  suspicion: v.optional(v.picklist(suspicions)),
});

/** What the values of built-in types can be; a page's own types have any number. */
const ranges: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['thumb', [-1, 1]],
  ['stars', [1, 5]],
  ...['scroll', 'media'].map((type): [string, [number, number]] => [type, [0, 1]]),
  ...['dwell', 'bounce', 'session'].map((type): [string, [number, number]] => [type, [0, MAX_VALUE]]),
]);

/**
 * The edge where signals are parsed. One that is none is left out and named; the others count.
 * @throws INVALID_FEEDBACK for what is no list
 */
export function parseSignals(batch: unknown): ParsedSignals {
  if (!Array.isArray(batch)) throw invalid('the signals are not a list');
  const signals: Signal[] = [];
  const refused: { index: number; reason: string }[] = [];
  for (const [index, entry] of batch.slice(0, MAX_BATCH).entries()) {
    const result = v.safeParse(signal, entry, { abortEarly: true });
    const reason = result.success ? outOfRange(result.output) : v.summarize(result.issues);
    if (reason === null) signals.push(result.output as Signal);
    else refused.push({ index, reason });
  }
  if (batch.length > MAX_BATCH)
    refused.push({
      index: MAX_BATCH,
      reason: `more than ${MAX_BATCH} signals: this one and those after it are not read`,
    });
  return { signals, refused };
}

function outOfRange({ type, value }: { type: string; value: number }): string | null {
  const [least, most] = ranges.get(type) ?? [-MAX_VALUE, MAX_VALUE];
  if (type === 'thumb' && Math.abs(value) !== 1) return 'a thumb is 1 or -1';
  return value >= least && value <= most ? null : `the value of ${type} is not from ${least} to ${most}`;
}
