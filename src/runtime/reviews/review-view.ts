import type { Candidate, Features } from '../../core/task.ts';
import { candidateIdOf } from '../../feedback/attribution.ts';
import type { DecisionRecord } from '../../memory/records.ts';
import type { ReviewRecord, Store } from '../../memory/store.ts';
import type { ReviewItem } from '../../protocol/messages.ts';
import { decisionCaseOf, promotionCaseOf, PROPOSED, type Proposal } from '../../review/review-case.ts';
import type { ReviewOutcome } from '../../review/settlement.ts';

/** What a reviewer is shown of a version that waits. */
export function promotionView(review: ReviewRecord): ReviewItem {
  const { digest = null, ...about } = promotionCaseOf(review) ?? {};
  return { ...common(review), why: 'promotion', about, digest };
}

/**
 * What a reviewer is shown of a decision: what it was about, read anew, so that nothing is shown that has been forgotten.
 * @param classes known to the model
 * @returns null where the review was damaged
 */
export async function decisionView(
  store: Pick<Store, 'catalogue'>,
  review: ReviewRecord,
  { payload }: DecisionRecord,
  classes: readonly string[],
): Promise<ReviewItem | null> {
  const about = decisionCaseOf(review);
  if (!about) return null;
  const { why, confidence, digest, proposal } = about;
  const view = { ...common(review), why, confidence, digest, proposal };
  if (payload.kind === 'ranking') {
    const keys = shownKeys(payload.candidateKeys, proposal);
    const entries = await store.catalogue(keys);
    const candidates = entries.flatMap((entry): Candidate[] =>
      entry ? [{ id: entry.candidateId, features: entry.features }] : [],
    );
    return { ...view, input: payload.context, candidates };
  }
  return { ...view, classes, input: 'input' in payload ? payload.input : {} };
}

/** Of very many candidates those that the model would have put first, in the order that was shown. */
function shownKeys(keys: readonly string[], proposal: Proposal): readonly string[] {
  if (keys.length <= PROPOSED || proposal.kind !== 'ranking') return keys;
  const proposed = new Set(proposal.order.map(({ item }) => item));
  return keys.filter((key) => proposed.has(candidateIdOf(key)));
}

function common(review: ReviewRecord): ReviewItem {
  const { reviewId, taskId, kind, state, openedAtMs, closedAtMs, outcome } = review;
  const nothing: Features = {};
  return {
    ...{ reviewId, taskId, kind, state, openedAtMs, closedAtMs },
    why: 'promotion',
    confidence: null,
    input: nothing,
    candidates: [],
    classes: [],
    proposal: null,
    digest: null,
    about: null,
    // Written where reviews are settled, and only shown.
    outcome: outcome as ReviewOutcome | null,
  };
}
