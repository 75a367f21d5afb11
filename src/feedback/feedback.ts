import { TendrilError } from '../errors.ts';

/** Feedback as a page gives it, after parsing. */
export interface ParsedFeedback {
  readonly decisionId: string;
  readonly label: string | null;
  readonly item: string | null;
  /** In [0, 1]. */
  readonly reward: number;
  /** The true value of what was predicted. */
  readonly value: number | null;
  /** Numbers observed of the visit, by name. */
  readonly signals: Readonly<Record<string, number>> | null;
  /** What the visitor said, in [0, 1]. */
  readonly satisfaction: number | null;
  readonly vote: 'up' | 'down' | null;
  readonly correction: ParsedCorrection | null;
  /** > 0. */
  readonly weight: number;
  /** {@link VISITOR} where the page says nothing. */
  readonly source: string;
}

/** The source of feedback that names none. */
export const VISITOR = 'visitor';

/** The right item: one that is there, or a new one, which the store parses when it takes it. */
export type ParsedCorrection = { readonly itemId: string } | { readonly newItem: object };

const MAX_WEIGHT = 100;
/** What single precision can hold, with room for squares. */
const MAX_VALUE = 1e15;
const MAX_SIGNALS = 64;
const MAX_SOURCE_LENGTH = 100;
const MAX_LABEL_LENGTH = 1000;

/** The edge where feedback is parsed. @throws INVALID_FEEDBACK */
export function parseFeedback(feedback: unknown): ParsedFeedback {
  if (typeof feedback !== 'object' || feedback === null) throw invalid('it is not an object');
  const {
    decisionId,
    label,
    item,
    reward = 1,
    value,
    signals,
    satisfaction,
    vote,
    correction,
    weight = 1,
    source,
  } = feedback as Record<string, unknown>;
  if (typeof decisionId !== 'string' || decisionId === '') throw invalid('decisionId is not a string');
  return {
    decisionId,
    label: optionalString('label', label, MAX_LABEL_LENGTH),
    item: optionalString('item', item, Infinity),
    reward: numberWithin('reward', reward, 0, 1),
    value: value === undefined || value === null ? null : numberWithin('value', value, -MAX_VALUE, MAX_VALUE),
    signals: parseSignals(signals),
    satisfaction:
      satisfaction === undefined || satisfaction === null ? null : numberWithin('satisfaction', satisfaction, 0, 1),
    vote: parseVote(vote),
    correction: parseCorrection(correction),
    source: optionalString('source', source, MAX_SOURCE_LENGTH) ?? VISITOR,
    weight: numberWithin('weight', weight, Number.MIN_VALUE, MAX_WEIGHT),
  };
}

/** What is not known is left out. */
function parseSignals(signals: unknown): Readonly<Record<string, number>> | null {
  if (signals === undefined || signals === null) return null;
  if (typeof signals !== 'object' || Array.isArray(signals)) throw invalid('signals are not an object');
  const known = Object.entries(signals).filter(([, value]) => value !== null && value !== undefined);
  if (known.length > MAX_SIGNALS) throw invalid(`there are more than ${MAX_SIGNALS} signals`);
  return Object.fromEntries(
    known.map(([name, value]) => [name, numberWithin(`signal "${name}"`, value, -MAX_VALUE, MAX_VALUE)]),
  );
}

function parseVote(vote: unknown): 'up' | 'down' | null {
  if (vote === undefined || vote === null) return null;
  if (vote === 'up' || vote === 'down') return vote;
  throw invalid('vote is neither up nor down');
}

function parseCorrection(correction: unknown): ParsedCorrection | null {
  if (correction === undefined || correction === null) return null;
  if (typeof correction !== 'object') throw invalid('the correction is not an object');
  const { item, newItem } = correction as Record<string, unknown>;
  if (typeof newItem === 'object' && newItem !== null) return { newItem };
  const itemId = optionalString('correction.item', item, Infinity);
  if (itemId === null) throw invalid('the correction names no item');
  return { itemId };
}

function optionalString(name: string, value: unknown, longest: number): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value === '') throw invalid(`${name} is not a string`);
  if (value.length > longest) throw invalid(`${name} has more than ${longest} characters`);
  return value;
}

function numberWithin(name: string, value: unknown, lowest: number, highest: number): number {
  if (typeof value === 'number' && value >= lowest && value <= highest) return value;
  throw invalid(`${name} is not a number from ${lowest === Number.MIN_VALUE ? 'above 0' : lowest} to ${highest}`);
}

export function invalid(reason: string): TendrilError {
  return new TendrilError('INVALID_FEEDBACK', { reason });
}
