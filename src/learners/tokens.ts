import { murmur3 } from '../core/hashing.ts';
import type { FeatureSchema } from '../core/task.ts';
import type { ParsedFeatures, ParsedValue } from '../core/task.ts';
import { textTokens, type TokenView } from './text/text-tokens.ts';

/** One hashed feature: a hash and the weight it enters with. */
export interface Token {
  readonly hash: number;
  readonly value: number;
}

/** Crossing every context value with every item value is what lets a taste depend on the context; this bounds it. */
const MAX_CROSSES = 256;

/**
 * Hashed features of one part of the input: one token a category, one an entry of a multi-hot, words and word pairs of a text. A missing
 * category is a token of its own. Each feature's tokens have unit length together, so that long texts do not drown short ones.
 */
export function partTokens(prefix: string, schema: FeatureSchema, features: ParsedFeatures): Token[] {
  const tokens: Token[] = [];
  for (const [name, { type }] of Object.entries(schema)) {
    if (type === 'numeric' || type === 'embedding') continue;
    const given = features[name] ?? null;
    const values = type === 'text' ? words(given) : categories(given);
    // Unit length together.
    const weight = 1 / Math.sqrt(values.length);
    for (const value of values) tokens.push({ hash: murmur3(`${prefix}${name}=${value}`), value: weight });
  }
  return tokens;
}

/** The same features for models that read whole hashes: of a text also its character n-grams. Each feature has unit length here too. */
export function fineTokens(prefix: string, schema: FeatureSchema, features: ParsedFeatures): TokenView[] {
  return Object.entries(schema).map(([name, declaration]) => {
    const value = features[name] ?? null;
    if (declaration.type === 'text')
      return textTokens(typeof value === 'string' ? value : '', murmur3(`${prefix}${name}`));
    const tokens = partTokens(prefix, { [name]: declaration }, { [name]: value });
    return {
      hashes: Int32Array.from(tokens, (token) => token.hash),
      values: Float32Array.from(tokens, (token) => token.value),
    };
  });
}

export function joinTokens(views: readonly TokenView[]): TokenView {
  const size = views.reduce((total, { hashes }) => total + hashes.length, 0);
  const joined = { hashes: new Int32Array(size), values: new Float32Array(size) };
  let at = 0;
  for (const { hashes, values } of views) {
    joined.hashes.set(hashes, at);
    joined.values.set(values, at);
    at += hashes.length;
  }
  return joined;
}

/** Products of the context's and the item's categories and multi-hot entries (VW's `-q`). */
export function crossTokens(
  schemas: { context: FeatureSchema; item: FeatureSchema },
  context: ParsedFeatures,
  item: ParsedFeatures,
): Token[] {
  const left = discreteValues(schemas.context, context);
  const right = discreteValues(schemas.item, item);
  const value = 1 / Math.sqrt(Math.max(1, right.length));
  const crosses: Token[] = [];
  for (const a of left) {
    for (const b of right) {
      if (crosses.length === MAX_CROSSES) return crosses;
      crosses.push({ hash: murmur3(`${a}×${b}`), value });
    }
  }
  return crosses;
}

function discreteValues(schema: FeatureSchema, features: ParsedFeatures): string[] {
  const values: string[] = [];
  for (const [name, { type }] of Object.entries(schema)) {
    if (type !== 'categorical' && type !== 'multi-hot') continue;
    for (const value of categories(features[name] ?? null)) values.push(`${name}=${value}`);
  }
  return values;
}

function categories(value: ParsedValue): readonly (string | number)[] {
  if (value === null) return ['∅'];
  return typeof value === 'object' ? [...new Set<string | number>(value)] : [value];
}

function words(value: ParsedValue): string[] {
  if (typeof value !== 'string') return [];
  const unigrams = value.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const bigrams = unigrams.slice(1).map((word, index) => `${unigrams[index] ?? ''} ${word}`);
  return [...new Set([...unigrams, ...bigrams])];
}
