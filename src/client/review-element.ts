import type { Review, ReviewParts } from './review.ts';

export function defineReviewElement(review: Review, watch: ReviewParts['watch']): void {
  void review;
  void watch;
}
