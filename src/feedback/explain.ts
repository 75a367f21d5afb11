import type { Signal } from '../core/signal.ts';
import type { DecisionRecord } from '../memory/records.ts';
import { candidateIdOf } from './attribution.ts';
import type { IgnoredWhy } from './collect-signals.ts';
import type { JoinedDecision, Outcome } from './outcome.ts';
import type { SettledItems } from './settle.ts';

/** What one feature adds to the score of an item, in the unit of the model's score. */
export interface FeatureContribution {
  readonly feature: string;
  readonly contribution: number;
}

export interface ExplainedSignal {
  readonly signalId: string;
  readonly type: string;
  readonly atMs: number;
  readonly value: number;
  readonly item: string | null;
  /** Null where it counts. */
  readonly ignored: IgnoredWhy | null;
  /** Why it weighs nothing, where it is suspicious. */
  readonly suspicion: string | null;
}

export interface ExplainedItem {
  readonly item: string;
  /** 0 the first; -1 where the decision has no places. */
  readonly slot: number;
  /** Chance of this item at this place, given those before it; 1 where nothing was left to chance. */
  readonly propensity: number;
  /** By the model that decided; null past the places that it recorded. */
  readonly score: number | null;
  /** Largest first; null where the model that decided cannot say any more. */
  readonly features: readonly FeatureContribution[] | null;
  /** What came of it; null where it was not seen. */
  readonly outcome: Outcome | null;
  /** The last experience that was made of it; null before it is settled. */
  readonly experienceId: string | null;
}

/** Why a decision was made and what came of it, as plain data. */
export interface DecisionExplanation {
  readonly decisionId: string;
  readonly taskId: string;
  readonly kind: DecisionRecord['payload']['kind'];
  readonly decidedAtMs: number;
  readonly servedBy: DecisionRecord['servedBy'];
  readonly model: DecisionRecord['model'];
  readonly seed: number;
  /** How the places were filled; null where it is no ranking. */
  readonly policy: string | null;
  /** Version of the reward that the scores were learned from; null where none was declared. */
  readonly rewardVersion: string | null;
  /** The first places, and everything of which something is known. */
  readonly items: readonly ExplainedItem[];
  /** All that were captured for the decision, in order of time. */
  readonly signals: readonly ExplainedSignal[];
  readonly windowClosesAtMs: number;
}

/** Places that are explained even where nothing came of them. */
const FIRST_PLACES = 20;

/**
 * @param signals as they were joined
 * @param contributions item to what its features add to its score, as far as the model can say
 */
export function explainDecision(
  decision: DecisionRecord,
  signals: readonly Signal[],
  joined: JoinedDecision,
  settled: SettledItems,
  contributions: ReadonlyMap<string, readonly FeatureContribution[]> = new Map(),
): DecisionExplanation {
  const { decisionId, taskId, decidedAtMs, servedBy, model, seed, payload } = decision;
  return {
    decisionId,
    taskId,
    kind: payload.kind,
    decidedAtMs,
    servedBy,
    model,
    seed,
    policy: (payload.kind === 'ranking' ? payload.policy : null) ?? null,
    rewardVersion: (payload.kind === 'ranking' ? payload.rewardVersion : null) ?? null,
    items: itemsOf(decision, joined).map((place): ExplainedItem => {
      const features = contributions.get(place.item) ?? null;
      return {
        ...place,
        features: features && [...features].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)),
        outcome: joined.outcomes.find(({ item }) => item === place.item) ?? null,
        experienceId: Object.hasOwn(settled, place.item) ? (settled[place.item]?.experienceId ?? null) : null,
      };
    }),
    signals: explainSignals(signals, joined),
    windowClosesAtMs: joined.windowClosesAtMs,
  };
}

type Place = Pick<ExplainedItem, 'item' | 'slot' | 'propensity' | 'score'>;

function itemsOf({ payload }: DecisionRecord, { outcomes }: JoinedDecision): Place[] {
  const known = new Set(outcomes.map(({ item }) => item));
  const shown = ({ item, slot }: Place): boolean => slot < FIRST_PLACES || known.has(item);
  switch (payload.kind) {
    case 'ranking':
      return payload.candidateKeys
        .map((key, slot) => ({
          item: candidateIdOf(key),
          slot,
          propensity: payload.propensities[slot] ?? 1,
          score: payload.scores[slot] ?? null,
        }))
        .filter(shown);
    case 'retrieval': {
      const found = payload.found.map(({ id, score }, slot) => ({ item: id, slot, propensity: 1, score }));
      return known.has('') ? [...found, wholeAnswer] : found;
    }
    default:
      return [wholeAnswer];
  }
}

const wholeAnswer: Place = { item: '', slot: -1, propensity: 1, score: null };

function explainSignals(signals: readonly Signal[], { ignored }: JoinedDecision): ExplainedSignal[] {
  const why = new Map(ignored.map((entry) => [entry.signalId, entry.why]));
  const unique = new Map(signals.map((signal) => [signal.signalId, signal]));
  return [...unique.values()]
    .sort((a, b) => a.atMs - b.atMs || (a.signalId < b.signalId ? -1 : 1))
    .map(({ signalId, type, atMs, value, item = null, suspicion = null }) => ({
      signalId,
      type,
      atMs,
      value,
      item,
      ignored: why.get(signalId) ?? null,
      suspicion,
    }));
}
