import { murmur3 } from '../core/hashing.ts';
import type { Candidate, FeatureSchema } from '../core/task.ts';
import { TendrilError } from '../errors.ts';
import { candidateKey } from '../feedback/attribution.ts';
import type { FeatureEncoder } from '../learners/feature-encoder.ts';
import type { ParsedFeatures } from '../core/task.ts';
import { parseFeatures } from '../learners/feature-value.ts';
import type { Token } from '../learners/tokens.ts';

/** A candidate after parsing, with everything that does not depend on the context worked out. */
export interface PreparedCandidate {
  readonly id: string;
  readonly key: string;
  readonly features: ParsedFeatures;
  readonly tokens: readonly Token[];
}

const MAX_CANDIDATES = 20_000;

/** Parses candidates and remembers the set that the page gave once for many decisions. */
export class Candidates {
  readonly #schema: FeatureSchema;
  readonly #encoder: Pick<FeatureEncoder, 'itemTokens'>;
  readonly #json: (features: ParsedFeatures) => string;
  #set: PreparedCandidate[] = [];

  constructor(schema: FeatureSchema, encoder: Pick<FeatureEncoder, 'itemTokens'>) {
    this.#schema = schema;
    this.#encoder = encoder;
    this.#json = canonicalJsonBy(schema);
  }

  /** @returns how many there are now @throws INVALID_FEATURE, INVALID_CONFIG; the set stays as it was */
  set(candidates: unknown, mode: 'replace' | 'append'): number {
    const prepared = this.#prepare(candidates);
    this.#set = withUniqueIds(mode === 'append' ? [...this.#set, ...prepared] : prepared);
    return this.#set.length;
  }

  /** The candidates of one decision: those given, or the set. */
  forDecision(given: unknown): readonly PreparedCandidate[] {
    if (given !== undefined) return withUniqueIds(this.#prepare(given));
    if (this.#set.length === 0) throw new TendrilError('INVALID_CONFIG', { reason: 'no candidates were given' });
    return this.#set;
  }

  #prepare(candidates: unknown): PreparedCandidate[] {
    if (!Array.isArray(candidates))
      throw new TendrilError('INVALID_CONFIG', { reason: 'the candidates are not a list' });
    if (candidates.length > MAX_CANDIDATES)
      throw new TendrilError('INVALID_CONFIG', { reason: `more than ${MAX_CANDIDATES} candidates` });
    return (candidates as readonly (Partial<Candidate> | null)[]).map((candidate) => {
      if (typeof candidate?.id !== 'string' || candidate.id === '')
        throw new TendrilError('INVALID_CONFIG', { reason: 'a candidate has no id' });
      const features = parseFeatures(this.#schema, candidate.features ?? {});
      const hash = murmur3(this.#json(features)).toString(36);
      return {
        id: candidate.id,
        key: candidateKey(hash, candidate.id),
        features,
        tokens: this.#encoder.itemTokens(features),
      };
    });
  }
}

/** Gives the same text as `canonicalJson` for features parsed against `schema`, whose names are sorted once instead of for each candidate. */
function canonicalJsonBy(schema: FeatureSchema): (features: ParsedFeatures) => string {
  const sorted = Object.keys(schema).sort((a, b) => (a < b ? -1 : 1));
  const blank = Object.fromEntries(sorted.map((name): [string, ParsedFeatures[string]] => [name, null]));
  // Not `sorted`: names like integers come first in every object.
  const names = Object.keys(blank);
  return (features) => {
    const ordered = { ...blank };
    for (const name of names) ordered[name] = features[name]!;
    return JSON.stringify(ordered);
  };
}

function withUniqueIds(candidates: PreparedCandidate[]): PreparedCandidate[] {
  const ids = new Set(candidates.map((candidate) => candidate.id));
  if (ids.size !== candidates.length)
    throw new TendrilError('INVALID_CONFIG', { reason: 'two candidates have the same id' });
  return candidates;
}
