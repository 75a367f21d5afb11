import { TendrilError } from '../errors.ts';

/** Feedback as a page gives it, after parsing. */
export interface ParsedFeedback {
  readonly decisionId: string;
  readonly label: string | null;
  readonly item: string | null;
  /** In [0, 1]. */
  readonly reward: number;
  /** > 0. */
  readonly weight: number;
}

const MAX_WEIGHT = 100;
const MAX_LABEL_LENGTH = 1000;

/** The edge where feedback is parsed. @throws INVALID_FEEDBACK */
export function parseFeedback(feedback: unknown): ParsedFeedback {
  if (typeof feedback !== 'object' || feedback === null) throw invalid('it is not an object');
  const { decisionId, label, item, reward = 1, weight = 1 } = feedback as Record<string, unknown>;
  if (typeof decisionId !== 'string' || decisionId === '') throw invalid('decisionId is not a string');
  return {
    decisionId,
    label: optionalString('label', label, MAX_LABEL_LENGTH),
    item: optionalString('item', item, Infinity),
    reward: numberWithin('reward', reward, 0, 1),
    weight: numberWithin('weight', weight, Number.MIN_VALUE, MAX_WEIGHT),
  };
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
