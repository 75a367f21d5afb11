import type { ParsedFeatures } from '../../core/task.ts';
import type { StoredExperience } from '../records.ts';

/** What consolidation reads of one experience. */
export interface Episode {
  readonly position: number;
  /** When it happened; of a revision, when the one before it was observed. */
  readonly atMs: number;
  readonly experience: StoredExperience;
  readonly weight: number;
  /** Of a ranking, in [0, 1]; null for other kinds. */
  readonly reward: number | null;
  /** Class for balance: the label, or `liked` or `passed`, or `value` for a regression. */
  readonly label: string;
  readonly item: string | null;
  /** What is preferred or not: the candidate's features, or none. */
  readonly features: ParsedFeatures;
  /** Everything that was known. */
  readonly inputs: readonly ParsedFeatures[];
  /** The visitor said it, and did not leave it to be seen. */
  readonly said: boolean;
  readonly censored: boolean;
}

/** @returns null for what is not consolidated here: a retrieval has a store of its own, a forecast its series */
export function episodeOf(experience: StoredExperience, atMs: number): Episode | null {
  const { payload, position } = experience;
  const common = { position, atMs, experience };
  switch (payload.kind) {
    case 'ranking':
      return {
        ...common,
        weight: payload.weight,
        reward: payload.reward,
        label: payload.reward >= 0.5 ? 'liked' : 'passed',
        item: payload.candidateId,
        features: payload.candidate,
        inputs: [payload.context, payload.candidate],
        said: payload.satisfaction !== undefined,
        censored: payload.censored !== undefined,
      };
    case 'classification':
    case 'regression':
      return {
        ...common,
        weight: payload.weight,
        reward: null,
        label: payload.kind === 'classification' ? payload.label : 'value',
        item: null,
        features: {},
        inputs: [payload.input],
        said: true,
        censored: false,
      };
    default:
      return null;
  }
}
