import { murmur3 } from '../core/hashing.ts';
import type { Certainty } from './certainty.ts';
import type { ReviewRules } from './review-rules.ts';

/** Why a decision is not the model's to make. */
export type Doubt = 'regulated' | 'confidence';

/** The version that answers. */
export interface Answering {
  /** Whether a person has approved it. */
  readonly approved: boolean;
  /** Experiences that it has learned. */
  readonly learned: number;
}

export function doubtOf(
  rules: ReviewRules,
  { confidence, margin }: Certainty,
  { approved, learned }: Answering,
): Doubt | null {
  if (rules.regulated && !approved) return 'regulated';
  if (learned < rules.minLearned) return 'confidence';
  // A chance that is no number is below anything.
  return confidence >= rules.minConfidence && margin >= rules.minMargin ? null : 'confidence';
}

/** Whether a decision that was made is looked at all the same. Drawn from its id, so that the log alone can repeat it. */
export function isSpotCheck({ sample }: ReviewRules, decisionId: string, seed: number): boolean {
  return murmur3(`review:${decisionId}`, seed) < sample * 2 ** 32;
}
