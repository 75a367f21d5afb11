import * as v from 'valibot';
import { TendrilError } from '../errors.ts';
import type { ReviewRecord } from '../memory/review-records.ts';
import type { DecisionCase, Proposal } from './review-case.ts';
import type { ReviewRules } from './review-rules.ts';

/** Longest name of a reviewer: `reviewer:<name>` is a source of feedback. */
const MAX_NAME = 80;
const MAX_TEXT = 10_000;
const MAX_GRADES = 50;
/** Other candidates that a choice speaks against, the model's favourites first. */
const MAX_PASSED_OVER = 8;

const text = (longest: number) => v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(longest));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const settlementRequest = v.strictObject({
  reviewId: v.pipe(v.string(), v.minLength(1)),
  verdict: v.picklist(['accept', 'correct', 'reject']),
  reviewer: text(MAX_NAME),
  reason: v.optional(text(MAX_TEXT)),
  label: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1000))),
  item: v.optional(v.pipe(v.string(), v.minLength(1))),
  grades: v.optional(
    v.pipe(
      v.record(v.string(), share),
      v.check((grades) => Object.keys(grades).length <= MAX_GRADES, `more than ${MAX_GRADES} grades`),
      v.check((grades) => Object.keys(grades).length > 0, 'no grade'),
    ),
  ),
  value: v.optional(v.pipe(v.number(), v.minValue(-1e15), v.maxValue(1e15))),
  /** What was done instead, in words, e.g. the reply that was sent: kept with the review, and not learned. */
  text: v.optional(text(MAX_TEXT)),
});
export type SettlementRequest = v.InferOutput<typeof settlementRequest>;

/** What a review is told by. @throws INVALID_FEEDBACK */
export function parseSettlement(given: unknown): SettlementRequest {
  const result = v.safeParse(settlementRequest, given);
  if (!result.success) throw invalid(v.summarize(result.issues));
  if (result.output.verdict === 'reject' && result.output.reason === undefined)
    throw invalid('a rejection has a reason');
  return result.output;
}

/** Something that a reviewer knows about one answer: a label, a number, or what a candidate is worth. */
export type Judgement =
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'item'; readonly item: string; readonly reward: number };

export interface Settlement {
  readonly state: 'accepted' | 'corrected' | 'rejected';
  /** What is learned of it. */
  readonly judgements: readonly Judgement[];
}

/** What is kept of who settled a review, and how. */
export interface ReviewOutcome extends Omit<SettlementRequest, 'reviewId'> {
  /** As feedback names it. */
  readonly source: string;
  readonly weight: number;
}

/**
 * What a reviewer's word makes of the review of a decision. A correction that says what the model said is an acceptance. Who accepts a number has not
 * measured it: nothing is learned of that. A rejection that knows no better teaches a ranking alone: what it would have put first is worth nothing.
 * @throws INVALID_FEEDBACK where the correction is of another kind of task
 */
export function settlementOf({ proposal }: DecisionCase, said: SettlementRequest): Settlement {
  if (said.verdict === 'correct') return corrected(proposal, said);
  const state = said.verdict === 'accept' ? 'accepted' : 'rejected';
  if (proposal.kind === 'ranking') return { state, judgements: judgedRanking(proposal, state) };
  if (proposal.kind === 'regression' || state === 'rejected') return { state, judgements: [] };
  if (proposal.label === null) throw invalid('there is nothing to accept: the model knew no class');
  return { state, judgements: [{ kind: 'label', label: proposal.label }] };
}

function judgedRanking(proposal: Extract<Proposal, { kind: 'ranking' }>, state: 'accepted' | 'rejected'): Judgement[] {
  const [first] = proposal.order;
  if (!first) return [];
  return state === 'accepted' ? chosen(proposal, first.item) : [{ kind: 'item', item: first.item, reward: 0 }];
}

function corrected(proposal: Proposal, said: SettlementRequest): Settlement {
  switch (proposal.kind) {
    case 'classification': {
      const { label } = said;
      if (label === undefined) throw invalid('a classification is corrected by a label');
      return { state: label === proposal.label ? 'accepted' : 'corrected', judgements: [{ kind: 'label', label }] };
    }
    case 'regression': {
      const { value } = said;
      if (value === undefined) throw invalid('a regression is corrected by a value');
      return { state: 'corrected', judgements: [{ kind: 'value', value }] };
    }
    case 'ranking':
      return correctedRanking(proposal, said);
  }
}

/** By the best one, or by what each is worth. */
function correctedRanking(
  proposal: Extract<Proposal, { kind: 'ranking' }>,
  { item, grades }: SettlementRequest,
): Settlement {
  const [first] = proposal.order;
  if (grades) {
    const judgements = Object.entries(grades).map(([id, reward]): Judgement => ({ kind: 'item', item: id, reward }));
    const best = Math.max(...Object.values(grades));
    return { state: first && grades[first.item] === best ? 'accepted' : 'corrected', judgements };
  }
  if (item === undefined) throw invalid('a ranking is corrected by an item, or by grades');
  return { state: item === first?.item ? 'accepted' : 'corrected', judgements: chosen(proposal, item) };
}

/** One that was chosen by who has seen them all: the others were not. It comes last, as the freshest knowledge. */
function chosen({ order }: Extract<Proposal, { kind: 'ranking' }>, item: string): Judgement[] {
  const others = order.filter((other) => other.item !== item).slice(0, MAX_PASSED_OVER);
  return [
    ...others.map((other): Judgement => ({ kind: 'item', item: other.item, reward: 0 })),
    { kind: 'item', item, reward: 1 },
  ];
}

export const reviewerSource = (reviewer: string): string => `reviewer:${reviewer}`;

export function outcomeOf(
  { reviewId: _, ...said }: SettlementRequest,
  { weight }: Pick<ReviewRules, 'weight'>,
): ReviewOutcome {
  return { ...said, source: reviewerSource(said.reviewer), weight };
}

/** The review as it is when it is settled. @throws INVALID_FEEDBACK where it is settled already */
export function settledReview(
  review: ReviewRecord,
  state: Exclude<ReviewRecord['state'], 'open'>,
  outcome: unknown,
  closedAtMs: number,
): ReviewRecord {
  if (review.state !== 'open') throw invalid(`the review is ${review.state} already`);
  return { ...review, state, closedAtMs, outcome };
}

export function invalid(reason: string): TendrilError {
  return new TendrilError('INVALID_FEEDBACK', { reason });
}
