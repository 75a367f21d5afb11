import type { DecisionRecord } from '../../memory/records.ts';
import type { Certainty } from '../../review/certainty.ts';
import { doubtOf, isSpotCheck } from '../../review/doubt.ts';
import type { DecisionCase, DecisionWhy } from '../../review/review-case.ts';
import type { ReviewRules } from '../../review/review-rules.ts';

/** What the decisions of one task ask of its reviews. */
export interface TaskReviewsParts {
  readonly rules: ReviewRules;
  readonly seed: number;
  /** Whether a person has approved this version. */
  readonly isApproved: (digest: string) => Promise<boolean>;
  /** Behind the answer; reports what fails. */
  readonly open: (decision: DecisionRecord, about: DecisionCase) => void;
}

/** When the decisions of one task are a person's. */
export class TaskReviews {
  readonly #parts: TaskReviewsParts;

  constructor(parts: TaskReviewsParts) {
    this.#parts = parts;
  }

  get rules(): ReviewRules {
    return this.#parts.rules;
  }

  /**
   * @param digest of the version that answers; null where it is none
   * @param learned experiences that it has learned
   * @returns why a person looks at the decision; null where none does
   */
  async why(
    decisionId: string,
    certainty: Certainty,
    { digest, learned }: { readonly digest: string | null; readonly learned: number },
  ): Promise<DecisionWhy | null> {
    const { rules, seed, isApproved } = this.#parts;
    const approved = !rules.regulated || (digest !== null && (await isApproved(digest)));
    const doubt = doubtOf(rules, certainty, { approved, learned });
    return doubt ?? (isSpotCheck(rules, decisionId, seed) ? 'spot-check' : null);
  }

  open(decision: DecisionRecord, about: DecisionCase): void {
    this.#parts.open(decision, about);
  }
}
