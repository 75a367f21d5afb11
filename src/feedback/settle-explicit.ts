import type { ExperienceRecord } from '../memory/records.ts';
import type { SettledItems } from './settle.ts';
import type { SettledItem } from './settled-experience.ts';

/**
 * Fits the experiences of feedback that the page gave (`attribute`) to what its signals have settled: what was said takes the place of what was seen of the
 * same item, and what was settled of the items above it stays.
 * @param experiences of one feedback, as `attribute` gives them: the one that was said last
 * @returns the experiences to write, and what is settled by then
 */
export function settleExplicit(
  experiences: readonly ExperienceRecord[],
  previous: SettledItems,
): { experiences: ExperienceRecord[]; settled: SettledItems } {
  const settled = new Map(Object.entries(previous));
  const kept: ExperienceRecord[] = [];
  experiences.forEach((experience, index) => {
    const item = itemOf(experience);
    const before = settled.get(item);
    const isSaid = index === experiences.length - 1;
    if (!isSaid && before && !before.retracted) return;
    // What was said twice, or by two, was said twice: only what was seen gives way.
    const replaced = before && !before.explicit ? { supersedes: before.experienceId } : {};
    kept.push({ ...experience, ...replaced });
    settled.set(item, settledItem(experience, isSaid));
  });
  return { experiences: kept, settled: Object.fromEntries(settled) };
}

function itemOf({ payload }: ExperienceRecord): string {
  if (payload.kind === 'ranking') return payload.candidateId;
  if (payload.kind !== 'retrieval') return '';
  const item = payload.event.kind === 'corrected' ? payload.event.rejectedId : payload.event.itemId;
  return typeof item === 'string' ? item : '';
}

function settledItem({ experienceId, payload }: ExperienceRecord, isSaid: boolean): SettledItem {
  return {
    experienceId,
    reward: payload.kind === 'ranking' ? payload.reward : 1,
    satisfaction: payload.kind === 'ranking' ? (payload.satisfaction ?? null) : null,
    answer: payload.kind === 'classification' ? { label: payload.label } : null,
    ...(isSaid ? { explicit: true as const } : { implied: true as const }),
  };
}
