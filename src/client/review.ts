import type {
  AuditRecord,
  ReviewItem,
  ReviewSettled,
  ReviewState,
  SettleReviewRequest,
  SharingStatus,
  WireResult,
  WorkerEvent,
} from '../protocol/messages.ts';
import type { CallWorker } from './memory.ts';

/** Who says it. */
export interface Reviewer {
  /** The reviewer's name: the page vouches for it. */
  readonly reviewer: string;
  readonly reason?: string;
}

/** What is right instead: a label, the best item or grades of several, or a value. `text` is what was done instead, in words. */
export type ReviewCorrection = Reviewer & Pick<SettleReviewRequest, 'label' | 'item' | 'grades' | 'value' | 'text'>;

/**
 * Decisions that wait for a person, and what the person says of them. Loaded with the first call. Nothing here rejects. The event `review` of the handle
 * says when something waits.
 */
export interface Review {
  /** Up to 200 of a task, the oldest first; those that wait, where no state is given. */
  list(taskId: string, state?: ReviewState): Promise<WireResult<readonly ReviewItem[]>>;
  /** What the model would have said is right. */
  accept(reviewId: string, by: Reviewer): Promise<WireResult<ReviewSettled>>;
  correct(reviewId: string, by: ReviewCorrection): Promise<WireResult<ReviewSettled>>;
  /** What the model would have said is wrong, or the version is refused. */
  reject(reviewId: string, by: Reviewer & { readonly reason: string }): Promise<WireResult<ReviewSettled>>;
  /** A version may serve: said by a second person, neither who asked for it nor who settled the last review. */
  approve(reviewId: string, by: Reviewer): Promise<WireResult<ReviewSettled>>;
  /** Up to 200 entries of the audit trail after that number. */
  audit(taskId: string, after?: number): Promise<WireResult<readonly AuditRecord[]>>;
  /**
   * The visitor agrees, or no longer does, that reviews of this task go to the registry's reviewers, input and all. Kept on the device, for this task alone;
   * consent to the rest says nothing about it.
   */
  share(taskId: string, agreed: boolean): Promise<WireResult<SharingStatus>>;
  /** From now on `<tendril-review task="…">` works in this page. */
  define(): Promise<WireResult<null>>;
}

export interface ReviewParts {
  readonly call: CallWorker;
  /** Tells when something waits, or no longer does. @returns a function that stops it */
  readonly watch: (listener: (event: Extract<WorkerEvent, { type: 'review' }>) => void) => () => void;
}

/** Loaded when it is asked for. */
export interface ReviewPart {
  readonly createReview: (parts: ReviewParts) => Review;
}
