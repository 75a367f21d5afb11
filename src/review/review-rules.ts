import * as v from 'valibot';
import { TendrilError } from '../errors.ts';

/** When the decisions of a task are a person's, and what becomes of what the person says. */
export interface ReviewRules {
  /** Only a version that a person has approved may answer. */
  readonly regulated: boolean;
  /** Below it a decision abstains. */
  readonly minConfidence: number;
  /** How far the best answer has to be ahead of the second. */
  readonly minMargin: number;
  /** Of a ranking: how much more reward another candidate may bring before the best one counts as wrong. */
  readonly tolerance: number;
  /** Of a regression: the widest interval that counts as sure; null for none. */
  readonly maxWidth: number | null;
  /** Experiences that a model has to have learned before it decides anything. */
  readonly minLearned: number;
  /** Share of the other decisions that a person looks at all the same. */
  readonly sample: number;
  /** Whether reviews may go to the registry, where the visitor agrees. */
  readonly remote: boolean;
  /** How much a reviewer's word counts; a visitor's counts 1. */
  readonly weight: number;
  /** Reviews that wait at most: the oldest are withdrawn. */
  readonly queueLimit: number;
  /** How long a review waits. */
  readonly expireAfterMs: number;
}

/** What of a task's declaration matters here. */
export interface ReviewDeclaration {
  readonly kind: string;
  readonly regulated: boolean;
  readonly review?: unknown;
}

const DAY_MS = 86_400_000;
const DEFAULT_CONFIDENCE = 0.8;

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const common = {
  minLearned: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 30),
  sample: v.optional(share, 0.05),
  remote: v.optional(v.boolean(), false),
  weight: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(100)), 5),
  queueLimit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)), 200),
  expireAfterDays: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(3650)), 30),
};
const ofChoices = v.strictObject({
  ...common,
  minConfidence: v.optional(share, DEFAULT_CONFIDENCE),
  minMargin: v.optional(share, 0),
});
const ofRankings = v.strictObject({ ...ofChoices.entries, tolerance: v.optional(share, 0) });
const ofNumbers = v.strictObject({ ...common, maxWidth: v.optional(v.pipe(v.number(), v.gtValue(0), v.finite())) });

/**
 * The rules of a task that declares `regulated` or `review`; null for any other, which never abstains.
 * @throws INVALID_CONFIG for options that are none, and for kinds of task whose answers a person cannot give: what a forecast should have been only time
 * tells, and a retrieval takes corrections as they come
 */
export function reviewRules({ kind, regulated, review }: ReviewDeclaration): ReviewRules | null {
  if (!regulated && review === undefined) return null;
  const { expireAfterDays, ...rules } = ofKind(kind, review ?? {});
  return { ...rules, regulated, expireAfterMs: expireAfterDays * DAY_MS };
}

function ofKind(kind: string, review: unknown) {
  switch (kind) {
    case 'classification':
      return { maxWidth: null, tolerance: 0, ...parse(ofChoices, review) };
    case 'ranking':
      return { maxWidth: null, ...parse(ofRankings, review) };
    case 'regression': {
      const { maxWidth = null, ...rest } = parse(ofNumbers, review);
      // Sure is a width that is allowed: see `certaintyOfInterval`.
      return { ...rest, maxWidth, tolerance: 0, minConfidence: 1, minMargin: 0 };
    }
    default:
      throw invalid(`a ${kind} has no answers that a person could give`);
  }
}

function parse<T>(schema: v.GenericSchema<unknown, T>, given: unknown): T {
  const result = v.safeParse(schema, given);
  if (result.success) return result.output;
  throw invalid(v.summarize(result.issues));
}

function invalid(reason: string): TendrilError {
  return new TendrilError('INVALID_CONFIG', { reason: `review: ${reason}` });
}
