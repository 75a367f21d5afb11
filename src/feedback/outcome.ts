import type { IgnoredSignal } from './collect-signals.ts';
import type { TermExplanation } from './reward-formula.ts';

/** What the visitor says about an answer: the label of an input, a vote on an item that was found, or what should have been found instead. */
export type SaidAnswer =
  | { readonly label: string }
  | { readonly vote: 'up' | 'down' }
  /** An item of the retrieval store. */
  | { readonly instead: string };

/** What came of one item of a decision that the visitor saw. Of items that were not seen nothing is known, and there is no outcome. */
export interface Outcome {
  /** Empty where it is about the answer as a whole. */
  readonly item: string;
  /** Its place, 0 the first; -1 where the decision has no places. */
  readonly slot: number;
  /** False: it was seen, and the visitor did not turn to it. */
  readonly engaged: boolean;
  /** Type to value, of the signals that count. */
  readonly signals: Readonly<Record<string, number>>;
  /** What the visitor said, in [0, 1]; null where nothing was said. */
  readonly satisfaction: number | null;
  /** In [0, 1], by the task's formula, or by the default reward where that reads nothing of what is known. */
  readonly reward: number;
  /** What each term of the formula had to say; null where none is declared. */
  readonly terms: readonly TermExplanation[] | null;
  /** Types whose value is a lower bound. */
  readonly censored: readonly string[];
  /** Ids of the signals behind it, in order of time. */
  readonly evidence: readonly string[];
  /** Time of the last of them; that of the decision where there are none. */
  readonly lastAtMs: number;
  /** Of a classification or a retrieval; null for a ranking. */
  readonly answer: SaidAnswer | null;
  /** After this no new signal changes it; one that is late may still arrive. */
  readonly windowClosesAtMs: number;
}

export interface JoinedDecision {
  /** By place; those without a place by item. */
  readonly outcomes: readonly Outcome[];
  readonly ignored: readonly IgnoredSignal[];
  /** When the visitor left, as far as is known; null where nothing says so. */
  readonly endedAtMs: number | null;
  readonly windowClosesAtMs: number;
}

/** What a join of one kind of decision gives. */
export type JoinedOutcomes = Pick<JoinedDecision, 'outcomes' | 'ignored'>;
