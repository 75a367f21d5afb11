import { murmur3 } from '../core/hashing.ts';
import type { Certainty } from './certainty.ts';
import type { ReviewRules } from './review-rules.ts';

/** Why a decision is not the model's to make. */
export type Doubt = 'regulated' | 'confidence';

/** @param approved whether a person has approved the version that answers */
export function doubtOf(rules: ReviewRules, { confidence, margin }: Certainty, approved: boolean): Doubt | null {
  if (rules.regulated && !approved) return 'regulated';
  // A chance that is no number is below anything.
  return confidence >= rules.minConfidence && margin >= rules.minMargin ? null : 'confidence';
}

/** Whether a decision that was made is looked at all the same. Drawn from its id, so that the log alone can repeat it. */
export function isSpotCheck({ sample }: ReviewRules, decisionId: string, seed: number): boolean {
  return murmur3(`review:${decisionId}`, seed) < sample * 2 ** 32;
}
