import * as v from 'valibot';
import type { ReviewRecord } from '../memory/review-records.ts';

/** What the model would have said. */
const proposal = v.variant('kind', [
  v.object({ kind: v.literal('classification'), label: v.nullable(v.string()), probability: v.number() }),
  v.object({
    kind: v.literal('ranking'),
    /** Best first, the first {@link PROPOSED} of them. */
    order: v.array(v.object({ item: v.string(), score: v.number() })),
  }),
  v.object({ kind: v.literal('regression'), value: v.number(), lower: v.number(), upper: v.number() }),
]);
export type Proposal = v.InferOutput<typeof proposal>;

/** Candidates that a reviewer is shown. */
export const PROPOSED = 50;

/** Kept in the review of a decision; the rest is in the decision itself. */
const decisionCase = v.object({
  why: v.picklist(['regulated', 'confidence', 'spot-check']),
  confidence: v.number(),
  margin: v.number(),
  /** Of the version that answered, where versions are kept. */
  digest: v.nullable(v.string()),
  proposal,
});
export type DecisionCase = v.InferOutput<typeof decisionCase>;
export type DecisionWhy = DecisionCase['why'];

const promotionCase = v.looseObject({
  digest: v.string(),
  /** Who wants it to serve. */
  requestedBy: v.string(),
});
export type PromotionCase = v.InferOutput<typeof promotionCase>;

/** null where it was damaged, or is about a version. */
export function decisionCaseOf({ kind, about }: ReviewRecord): DecisionCase | null {
  const result = v.safeParse(decisionCase, about);
  return kind === 'decision' && result.success ? result.output : null;
}

/** null where it was damaged, or is about a decision. */
export function promotionCaseOf({ kind, about }: ReviewRecord): PromotionCase | null {
  const result = v.safeParse(promotionCase, about);
  return kind === 'promotion' && result.success ? result.output : null;
}

/** One version is approved once, whichever tab asks. */
export const promotionId = (digest: string): string => `promotion:${digest}`;

/** The review of a decision has the decision's own id. */
export function openedCase(
  decision: { readonly decisionId: string; readonly taskId: string; readonly modelKey: string },
  about: DecisionCase,
  openedAtMs: number,
): ReviewRecord {
  const { decisionId, taskId, modelKey } = decision;
  const open = { state: 'open' as const, openedAtMs, closedAtMs: null, outcome: null };
  return { reviewId: decisionId, taskId, modelKey, kind: 'decision', decisionId, about, ...open };
}

export function openedPromotion(
  { taskId, modelKey }: { readonly taskId: string; readonly modelKey: string },
  about: PromotionCase,
  openedAtMs: number,
): ReviewRecord {
  const open = { state: 'open' as const, openedAtMs, closedAtMs: null, outcome: null };
  return { reviewId: promotionId(about.digest), taskId, modelKey, kind: 'promotion', decisionId: null, about, ...open };
}
