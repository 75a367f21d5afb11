import type { TaskOutcome, VersionHealth } from '../../protocol/health.ts';
import type { SegmentedSummary } from '../../monitor/outcome/segmented-outcome.ts';
import type { Lineage } from '../../versions/lineage.ts';
import type { OutcomeBook } from './outcome-book.ts';

/** For the report: versions by their names, where these are known. */
export function taskOutcome(book: OutcomeBook, lineage: Pick<Lineage, 'champion' | 'guards'>): TaskOutcome {
  const { all, modelVersions } = book.summary();
  const versions = modelVersions.map((one) => versionHealth(one, lineage));
  // The book of a kind has summaries of that kind.
  return { kind: book.kind, all, versions, gaps: book.gaps() } as TaskOutcome;
}

function versionHealth(
  { modelVersion, all, segments }: SegmentedSummary<unknown>['modelVersions'][number],
  { champion, guards }: Pick<Lineage, 'champion' | 'guards'>,
): VersionHealth<unknown> {
  const trainedTo = modelVersion ?? 0;
  const named = [...(champion ? [champion] : []), ...guards].find((version) => version.trainedTo === trainedTo);
  return {
    trainedTo,
    digest: named?.digest ?? null,
    modelVersion: named?.modelVersion ?? null,
    outcome: all,
    segments,
  };
}
