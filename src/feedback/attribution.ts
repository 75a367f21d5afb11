import { canonicalJson, murmur3 } from '../core/hashing.ts';
import type {
  CatalogueRecord,
  DecisionRecord,
  ExperiencePayload,
  ExperienceRecord,
  RankingDecision,
  RetrievalDecision,
} from '../memory/records.ts';
import { invalid, VISITOR, type ParsedFeedback } from './feedback.ts';

/** Skipped candidates taken from one click, nearest above it first: a long scroll must not drown the click. */
export const MAX_SKIPPED = 8;

/** Keys of the catalogue entries that {@link attribute} needs for this feedback, the chosen one first. */
export function involvedKeys(decision: RankingDecision, feedback: ParsedFeedback): string[] {
  const slot = decision.candidateKeys.findIndex((key) => candidateIdOf(key) === feedback.item);
  if (slot === -1) throw invalid(`item "${feedback.item ?? ''}" was not a candidate of this decision`);
  const skipped =
    feedback.reward > 0 ? decision.candidateKeys.slice(Math.max(0, slot - MAX_SKIPPED), slot).reverse() : [];
  return [decision.candidateKeys[slot] ?? '', ...skipped];
}

/** The catalogue key of a candidate: `<hash of its features>:<id>`. */
export function candidateKey(featuresHash: string, candidateId: string): string {
  return `${featuresHash}:${candidateId}`;
}

/** The inverse of {@link candidateKey}. */
export function candidateIdOf(key: string): string {
  return key.slice(key.indexOf(':') + 1);
}

/**
 * Joins feedback to its decision. A rewarded item gives one experience for itself and one with reward 0 for each candidate shown above it
 * (the visitor looked at those first: the cascade model of Craswell et al. 2008, "click > skip above" of Joachims et al. 2005); candidates
 * below it say nothing. Ids are made from what they mean, so that the same feedback delivered twice gives the same experiences.
 * @param involved catalogue entries for {@link involvedKeys}; those that are gone are left out
 * @throws INVALID_FEEDBACK
 */
export function attribute(
  decision: DecisionRecord,
  feedback: ParsedFeedback,
  involved: readonly (CatalogueRecord | undefined)[],
  observedAtMs: number,
): ExperienceRecord[] {
  const common = { decisionId: decision.decisionId, modelKey: decision.modelKey, observedAtMs };
  const { payload } = decision;
  if (payload.kind === 'retrieval') return [{ ...common, ...retrieved(decision, payload, feedback, observedAtMs) }];
  if (payload.kind !== 'ranking') return [{ ...common, ...answered(decision.decisionId, payload, feedback) }];
  const [chosen, ...skipped] = involved;
  if (!chosen) throw invalid('the candidate is no longer stored');
  const experience = (entry: CatalogueRecord, kind: string, reward: number): ExperienceRecord => ({
    ...common,
    experienceId: `${decision.decisionId}:${kind}:${entry.candidateId}${suffix(feedback)}`,
    payload: {
      ...rankingPayload(payload, payload.candidateKeys.indexOf(entry.candidateKey), entry, reward, feedback.weight),
      ...sourceOf(feedback),
    },
  });
  const skips = skipped.filter((entry) => entry !== undefined).map((entry) => experience(entry, 'skipped', 0));
  // The rewarded one is learned last: what was just chosen is the freshest knowledge.
  return [...skips.reverse(), withSignals(experience(chosen, `reward=${feedback.reward}`, feedback.reward), feedback)];
}

/** Other signals of the same visit are another experience. */
function withSignals(
  { payload, experienceId, ...rest }: ExperienceRecord,
  { signals, satisfaction }: ParsedFeedback,
): ExperienceRecord {
  if (payload.kind !== 'ranking' || (signals === null && satisfaction === null))
    return { ...rest, experienceId, payload };
  const own = { ...(signals && { signals }), ...(satisfaction !== null && { satisfaction }) };
  const digest = murmur3(canonicalJson(own)).toString(36);
  return { ...rest, experienceId: `${experienceId}:${digest}`, payload: { ...payload, ...own } };
}

/** The truth about one answer: a label or a value. */
function answered(
  decisionId: string,
  { kind, ...payload }: Exclude<DecisionRecord['payload'], RankingDecision | RetrievalDecision>,
  feedback: ParsedFeedback,
): Pick<ExperienceRecord, 'experienceId' | 'payload'> {
  if (kind === 'forecasting' || !('input' in payload)) throw invalid('a forecast learns from observations');
  const { input } = payload;
  const { label, value, weight } = feedback;
  const common = { input, weight, ...sourceOf(feedback) };
  if (kind === 'classification') {
    if (label === null) throw invalid('a classification takes a label');
    return { experienceId: `${decisionId}:label:${label}${suffix(feedback)}`, payload: { kind, label, ...common } };
  }
  if (value === null) throw invalid('a regression takes a value');
  return { experienceId: `${decisionId}:value:${value}${suffix(feedback)}`, payload: { kind, value, ...common } };
}

function sourceOf({ source }: ParsedFeedback): { source?: string } {
  return source === VISITOR ? {} : { source };
}

/** The same word from another source is another experience. */
function suffix({ source }: ParsedFeedback): string {
  return source === VISITOR ? '' : `:by=${source}`;
}

/** A vote on an item that was found, or what should have been found instead. */
function retrieved(
  { decisionId }: DecisionRecord,
  { query, found }: RetrievalDecision,
  { item, vote, correction, source }: ParsedFeedback,
  atMs: number,
): Pick<ExperienceRecord, 'experienceId' | 'payload'> {
  if (item !== null && !found.some(({ id }) => id === item))
    throw invalid(`item "${item}" was not found by this query`);
  const event = (what: string, own: object): Pick<ExperienceRecord, 'experienceId' | 'payload'> => {
    const eventId = `${decisionId}:${what}`;
    return { experienceId: eventId, payload: { kind: 'retrieval', event: { eventId, atMs, source, query, ...own } } };
  };
  if (correction) {
    const accepted = 'itemId' in correction ? correction : { item: correction.newItem };
    return event('corrected', { kind: 'corrected', rejectedId: item, accepted });
  }
  if (item === null || vote === null) throw invalid('a retrieval takes an item and a vote, or a correction');
  return event(`${vote}:${item}`, { kind: vote, itemId: item });
}

/** What is learned of one candidate, whoever says so. */
export function rankingPayload(
  decision: RankingDecision,
  slot: number,
  entry: CatalogueRecord,
  reward: number,
  weight: number,
): Extract<ExperiencePayload, { kind: 'ranking' }> {
  const { challenger } = decision;
  return {
    kind: 'ranking',
    context: decision.context,
    candidateId: entry.candidateId,
    candidate: entry.features,
    reward,
    propensity: decision.propensities[slot] ?? 1,
    slot,
    weight,
    ...(decision.when && { when: decision.when }),
    ...(challenger &&
      slot === 0 &&
      decision.propensities.length > 0 && {
        first: {
          servedTo: challenger.servedTo,
          champion: challenger.champion === entry.candidateKey,
          challenger: challenger.order[0] === entry.candidateKey,
        },
      }),
  };
}
