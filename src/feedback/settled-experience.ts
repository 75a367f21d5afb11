import { canonicalJson, murmur3 } from '../core/hashing.ts';
import type {
  CatalogueRecord,
  DecisionRecord,
  ExperiencePayload,
  ExperienceRecord,
  RankingDecision,
  RetrievalDecision,
} from '../memory/records.ts';
import { candidateIdOf, rankingPayload } from './attribution.ts';
import { VISITOR } from './feedback.ts';
import type { Outcome, SaidAnswer } from './outcome.ts';

/** What was last learned of one item of a decision. */
export interface SettledItem {
  readonly experienceId: string;
  readonly reward: number;
  readonly satisfaction: number | null;
  readonly answer: SaidAnswer | null;
  /** How much it counts; absent where that is 1. */
  readonly weight?: number;
  /** The page gave it as feedback, and did not leave it to the signals. */
  readonly explicit?: true;
  /** It was passed over when the page gave feedback for another item: not taken back for want of signals, and no hindrance to what comes. */
  readonly implied?: true;
  /** It was learned, and turned out not to have happened. */
  readonly retracted?: true;
}

export interface SettledExperience {
  readonly experience: ExperienceRecord;
  readonly settled: SettledItem;
}

/** What is to be learned of an item, and how much that counts. */
export interface WeightedOutcome {
  /** Null takes back what was learned before. */
  readonly outcome: Outcome | null;
  /** In (0, 1]. */
  readonly weight: number;
}

/**
 * The experience of one outcome, or the revision of the one before it. Its id is made of what it means: the decision, the item, the evidence, what comes of
 * it, and what it supersedes.
 * @returns null where nothing has changed, or where what the candidate was is no longer stored
 */
export function settledExperience(
  decision: DecisionRecord,
  { outcome, weight }: WeightedOutcome,
  item: string,
  before: SettledItem | null,
  lookup: (candidateKey: string) => CatalogueRecord | undefined,
  observedAtMs: number,
): SettledExperience | null {
  const said = saidBy(outcome, weight);
  if (before && outcome && !before.retracted && sameMeaning(said, before)) return null;
  const { decisionId, modelKey } = decision;
  // What is taken back keeps its answer: there is no experience without one.
  const answer = said.answer ?? (before ? before.answer : null);
  const supersedes = before ? { supersedes: before.experienceId } : {};
  const retracted = outcome ? {} : { retracted: true as const };
  const meaning = { item, ...said, evidence: outcome?.evidence ?? [], ...retracted, ...supersedes };
  const experienceId = `${decisionId}:signals:${digestOf(meaning)}`;
  const payload = payloadOf(decision, { item, outcome, weight, answer, experienceId, observedAtMs }, lookup);
  if (!payload) return null;
  return {
    experience: { experienceId, decisionId, modelKey, observedAtMs, ...supersedes, payload },
    settled: { experienceId, ...said, answer, ...retracted },
  };
}

type Said = Pick<SettledItem, 'reward' | 'satisfaction' | 'answer' | 'weight'>;

function saidBy(outcome: Outcome | null, weight: number): Said {
  if (!outcome) return { reward: 0, satisfaction: null, answer: null };
  const { reward, satisfaction, answer } = outcome;
  return { reward, satisfaction, answer, ...(weight !== 1 && { weight }) };
}

function sameMeaning(a: Said, b: Said): boolean {
  return (
    a.reward === b.reward &&
    a.satisfaction === b.satisfaction &&
    a.weight === b.weight &&
    canonicalJson(a.answer) === canonicalJson(b.answer)
  );
}

/** 64 bits, so that no two of one decision's are the same by chance. */
function digestOf(meaning: object): string {
  const text = canonicalJson(meaning);
  return [1, 2].map((seed) => murmur3(text, seed).toString(36)).join('');
}

interface Parts {
  readonly item: string;
  readonly outcome: Outcome | null;
  readonly weight: number;
  readonly answer: SaidAnswer | null;
  readonly experienceId: string;
  readonly observedAtMs: number;
}

function payloadOf(
  { payload }: DecisionRecord,
  parts: Parts,
  lookup: (candidateKey: string) => CatalogueRecord | undefined,
): ExperiencePayload | null {
  if (payload.kind === 'ranking') return ranked(payload, parts, lookup);
  const { outcome, answer } = parts;
  const common = outcome ? { signals: outcome.signals } : {};
  if (payload.kind === 'classification' && answer && 'label' in answer)
    return { kind: 'classification', input: payload.input, label: answer.label, ...common, weight: outcome ? 1 : 0 };
  if (payload.kind === 'retrieval' && answer && outcome)
    return { kind: 'retrieval', event: retrievalEvent(payload, answer, parts), ...common };
  return null;
}

function ranked(
  payload: RankingDecision,
  { item, outcome, weight }: Parts,
  lookup: (candidateKey: string) => CatalogueRecord | undefined,
): ExperiencePayload | null {
  const slot = outcome?.slot ?? payload.candidateKeys.findIndex((key) => candidateIdOf(key) === item);
  const entry = lookup(payload.candidateKeys[slot] ?? '');
  if (!entry) return null;
  if (!outcome) return rankingPayload(payload, slot, entry, 0, 0);
  const { reward, signals, censored, satisfaction } = outcome;
  return {
    ...rankingPayload(payload, slot, entry, reward, weight),
    ...(Object.keys(signals).length > 0 && { signals }),
    ...(censored.length > 0 && { censored }),
    ...(satisfaction !== null && { satisfaction }),
  };
}

function retrievalEvent(
  { query }: RetrievalDecision,
  answer: SaidAnswer,
  { item, experienceId, observedAtMs }: Parts,
): Record<string, unknown> {
  const common = { eventId: experienceId, atMs: observedAtMs, source: VISITOR, query };
  if ('vote' in answer) return { ...common, kind: answer.vote, itemId: item };
  const accepted = { itemId: 'instead' in answer ? answer.instead : '' };
  return { ...common, kind: 'corrected', rejectedId: item === '' ? null : item, accepted };
}
