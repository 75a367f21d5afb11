import type { ReviewSettled, SettleReviewRequest, WireResult } from '../protocol/messages.ts';
import type { Review, ReviewParts } from './review.ts';
import { defineReviewElement } from './review-element/review-element.ts';

export function createReview(parts: ReviewParts): Review {
  const { call } = parts;
  const settle =
    (verdict: SettleReviewRequest['verdict']) =>
    (reviewId: string, by: Omit<SettleReviewRequest, 'reviewId' | 'verdict'>): Promise<WireResult<ReviewSettled>> =>
      call((worker) => worker.settleReview({ ...by, reviewId, verdict }));
  const review: Review = {
    list: (taskId, state = 'open') => call((worker) => worker.reviews(taskId, state)),
    accept: settle('accept'),
    correct: settle('correct'),
    reject: settle('reject'),
    // On the wire the approval of a version is its acceptance.
    approve: settle('accept'),
    audit: (taskId, after = 0) => call((worker) => worker.audit(taskId, after)),
    share: (taskId, agreed) => call((worker) => worker.shareReviews(taskId, agreed)),
    define: () => {
      defineReviewElement(review, parts.watch);
      return Promise.resolve({ ok: true, value: null });
    },
  };
  return review;
}
