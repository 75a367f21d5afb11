import type { RankedCandidate } from 'tendril';

/** Where an entry is on the page, and by which decision. */
export interface ShownAs {
  readonly decisionId: string;
  /** Whether it was opened from there: the page has said so, whatever was captured of it. */
  readonly opened: boolean;
  /** As the page was told; null where that order is no longer on the page. */
  readonly present: (RankedCandidate & { readonly place: number; readonly among: number }) | null;
}
