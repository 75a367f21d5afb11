import type { Abstention } from '../../protocol/messages.ts';

/** Why the page's own answer was shown although the model had one, beside codes of errors. */

/** A person decides. */
const REVIEW = 'REVIEW';
/** The model stands back until it has shown that it does as well. */
const STANDS_BACK = 'STANDS_BACK';
/** The page showed its own: the answer came too late, or it wanted to. */
export const HOST_SERVED = 'HOST_SERVED';

/** What the task asks for. */
export const BY_DESIGN: readonly string[] = [REVIEW, STANDS_BACK];

/** null where the model served, or was not to serve so that the two can be compared. */
export function fallbackReason(abstained: Abstention | null | undefined): string | null {
  if (!abstained || abstained.reason === 'comparison') return null;
  return abstained.reviewId === null ? STANDS_BACK : REVIEW;
}
