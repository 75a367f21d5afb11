import type { CatalogueRecord, DecisionRecord, ExperienceRecord } from '../memory/records.ts';
import { attribute, candidateIdOf, rankingPayload } from './attribution.ts';
import { invalid, parseFeedback } from './feedback.ts';
import { settleExplicit } from './settle-explicit.ts';
import type { SettledItems } from './settle.ts';

/** What somebody who was asked says of one answer, by `source` and with a weight of its own. */
export type JudgedAnswer = { readonly weight: number; readonly source: string } & (
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'item'; readonly item: string; readonly reward: number }
);

/** Catalogue keys of the candidates that are judged, in the order of the answers. @throws INVALID_FEEDBACK for one that was no candidate */
export function judgedKeys({ payload }: DecisionRecord, answers: readonly JudgedAnswer[]): string[] {
  return answers.flatMap((answer) => {
    if (answer.kind !== 'item' || payload.kind !== 'ranking') return [];
    const key = payload.candidateKeys.find((candidate) => candidateIdOf(candidate) === answer.item);
    if (key === undefined) throw invalid(`item "${answer.item}" was not a candidate of this decision`);
    return [key];
  });
}

/**
 * The experiences of what was judged. Unlike a visitor's click, a judgement of one candidate says nothing about those above it: who was asked has seen them.
 * Their ids are made of what they say, so that the same judgement twice is one.
 * @param entries catalogue entries for {@link judgedKeys}
 * @param previous what is settled of the decision
 * @throws INVALID_FEEDBACK
 */
export function judgedExperiences(
  decision: DecisionRecord,
  answers: readonly JudgedAnswer[],
  entries: readonly (CatalogueRecord | undefined)[],
  previous: SettledItems,
  observedAtMs: number,
): { experiences: ExperienceRecord[]; settled: SettledItems } {
  let settled = previous;
  const experiences: ExperienceRecord[] = [];
  answers.forEach((answer, index) => {
    const said = settleExplicit([experienceOf(decision, answer, entries[index], observedAtMs)], settled);
    settled = said.settled;
    experiences.push(...said.experiences);
  });
  return { experiences, settled };
}

function experienceOf(
  decision: DecisionRecord,
  answer: JudgedAnswer,
  entry: CatalogueRecord | undefined,
  observedAtMs: number,
): ExperienceRecord {
  const { decisionId, modelKey, payload } = decision;
  const { weight, source } = answer;
  if (answer.kind !== 'item') {
    const feedback = parseFeedback({ ...answer, decisionId });
    const [experience] = attribute(decision, feedback, [], observedAtMs);
    if (!experience) throw invalid('it says nothing');
    return experience;
  }
  if (payload.kind !== 'ranking') throw invalid('only a ranking is judged by its items');
  if (!entry) throw invalid('the candidate is no longer stored');
  const slot = payload.candidateKeys.indexOf(entry.candidateKey);
  return {
    experienceId: `${decisionId}:judged=${answer.reward}:${answer.item}:by=${source}`,
    decisionId,
    modelKey,
    observedAtMs,
    payload: { ...rankingPayload(payload, slot, entry, answer.reward, weight), source },
  };
}
