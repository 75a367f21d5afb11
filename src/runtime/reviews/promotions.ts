import type { ReviewRecord, ReviewState, Store } from '../../memory/store.ts';
import { actions, entryOf, TENDRIL } from '../../review/audit.ts';
import { openedPromotion, promotionCaseOf, promotionId } from '../../review/review-case.ts';
import { barredFromApproval, isBarred } from '../../review/second-person.ts';
import {
  invalid,
  outcomeOf,
  settledReview,
  type ReviewOutcome,
  type SettlementRequest,
} from '../../review/settlement.ts';

/** A version that may not serve before a person has said so. */
export interface PromotionRequest {
  readonly taskId: string;
  readonly modelKey: string;
  /** SHA-256 of the version, hex. */
  readonly digest: string;
  /** Who wants it to serve; default the library itself. Who it is may not approve it. */
  readonly requestedBy?: string;
  /** What the approver shall see: plain data. */
  readonly about?: object;
}

/** What was said of a version so far. */
export interface Approval {
  /** `accepted` is approved. */
  readonly state: ReviewState;
  /** Who said so; null while it waits. */
  readonly by: string | null;
  readonly atMs: number;
  readonly reason: string | null;
}

/** Entries of the trail read at once. */
const PAGE = 500;
/** Versions of one task that wait: each new one withdraws the others, so that there are never many. */
const WAITING = 50;

/** Versions that wait for the word of a second person. */
export class Promotions {
  readonly #store: Store;
  readonly #approved = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Has a version wait for approval, once, and withdraws earlier ones of the model that still do: nobody shall approve what is no longer the newest.
   * @returns the review; null where it is there already
   */
  async open(
    { taskId, modelKey, digest, requestedBy = TENDRIL, about = {} }: PromotionRequest,
    atMs: number,
  ): Promise<ReviewRecord | null> {
    const review = openedPromotion({ taskId, modelKey }, { ...about, digest, requestedBy }, atMs);
    const entry = entryOf(review, actions.requested, { actor: requestedBy, atMs, details: { ...about, digest } });
    if (!(await this.#store.putReview(review, [entry], null))) return null;
    const waiting = await this.#store.reviews(taskId, 'open', WAITING);
    for (const other of waiting) {
      if (other.kind !== 'promotion' || other.modelKey !== modelKey || other.reviewId === review.reviewId) continue;
      const withdrawn = entryOf(other, actions.withdrawn, { atMs, details: { why: 'a newer version waits' } });
      await this.#store.putReview(settledReview(other, 'withdrawn', null, atMs), [withdrawn], 'open');
    }
    return review;
  }

  /** null where nobody was asked. */
  async approvalOf(digest: string): Promise<Approval | null> {
    const review = await this.#store.review(promotionId(digest));
    if (!review) return null;
    const { state, closedAtMs, openedAtMs } = review;
    // Written below.
    const { reviewer = null, reason } = (review.outcome ?? {}) as Partial<ReviewOutcome>;
    return { state, by: reviewer, atMs: closedAtMs ?? openedAtMs, reason: reason ?? null };
  }

  /** An approval stays; a word that is still to come is asked for each time. */
  async isApproved(digest: string): Promise<boolean> {
    if (!this.#approved.has(digest) && (await this.approvalOf(digest))?.state === 'accepted')
      this.#approved.add(digest);
    return this.#approved.has(digest);
  }

  /** @throws INVALID_FEEDBACK where it is settled already, or who approves is no second person */
  async settle(review: ReviewRecord, said: SettlementRequest, atMs: number): Promise<ReviewState> {
    const { digest, requestedBy } = promotionCaseOf(review) ?? {};
    if (digest === undefined || requestedBy === undefined) throw invalid('the review is damaged');
    if (said.verdict === 'correct') throw invalid('a version is approved or refused');
    const approves = said.verdict === 'accept';
    if (approves && isBarred(await this.#barred(review.taskId, requestedBy), said.reviewer))
      throw invalid('a second person has to approve it: not who asked for it, nor who settled the last review');
    const { reviewer, reason } = said;
    const outcome = outcomeOf(said, { weight: 0 });
    const settled = settledReview(review, approves ? 'accepted' : 'rejected', outcome, atMs);
    const action = approves ? actions.approved : actions.refused;
    const entry = entryOf(review, action, {
      actor: reviewer,
      atMs,
      details: { digest, ...(reason !== undefined && { reason }) },
    });
    if (!(await this.#store.putReview(settled, [entry], 'open'))) throw invalid('somebody else has just settled it');
    return settled.state;
  }

  async #barred(taskId: string, requestedBy: string): Promise<ReadonlySet<string>> {
    const trail = [];
    for (let after = 0; ;) {
      const page = await this.#store.audit(taskId, after, PAGE);
      trail.push(...page);
      const last = page.at(-1);
      if (!last || page.length < PAGE) return barredFromApproval(trail, requestedBy);
      after = last.sequence;
    }
  }
}
