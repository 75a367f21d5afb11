import type { ChannelSummary } from './channel-summary.ts';
import type { DistanceMeasure } from './channel-change.ts';

/** How one feature stands against the reference. */
export interface FeatureChange {
  readonly feature: string;
  /** What of the feature this is about: `value`, `words`, `number of words`, `direction 3` … the one that has moved most certainly. */
  readonly aspect: string;
  readonly measure: DistanceMeasure;
  readonly distance: number;
  /** Jensen-Shannon distance in [0, 1], whatever the feature's type: what the list is ordered by. */
  readonly severity: number;
  /** Corrected for the number of features and of looks: the chance of one such find or a clearer one within 10,000 rows where nothing changes. */
  readonly pValue: number;
  readonly drifted: boolean;
  /** Row at which the drift was found, counted from the first one that was compared; null where there is none. */
  readonly driftedAt: number | null;
  readonly reference: ChannelSummary;
  readonly current: ChannelSummary;
  /** e.g. `price moved: median 20 → 35`. */
  readonly text: string;
}

export interface FeatureDriftReport {
  /** `collecting`: the reference is not complete, nothing is compared. */
  readonly status: 'collecting' | 'watching';
  /** Rows of the reference so far; what it needs. */
  readonly referenceRows: number;
  readonly referenceRowsNeeded: number;
  /** Rows since. */
  readonly watchedRows: number;
  /** Those that drifted first, then by severity. Empty while collecting, and before the first block. */
  readonly features: readonly FeatureChange[];
  /** The whole in a plain sentence: `price moved: median 20 → 35; nothing else did`. */
  readonly text: string;
}

export function sortedChanges(changes: readonly FeatureChange[]): FeatureChange[] {
  return changes.toSorted(
    (a, b) => Number(b.drifted) - Number(a.drifted) || b.severity - a.severity || (a.feature < b.feature ? -1 : 1),
  );
}

/** @param changes sorted */
export function changesText(changes: readonly FeatureChange[]): string {
  const drifted = changes.filter((change) => change.drifted).map(({ text }) => text);
  if (drifted.length === 0) return 'nothing moved';
  if (drifted.length === changes.length) return drifted.join('; ');
  return [...drifted, 'nothing else did'].join('; ');
}

export function changeText(feature: string, aspect: string, words: string): string {
  return aspect === 'value' ? `${feature} moved: ${words}` : `${feature} (${aspect}) moved: ${words}`;
}
