import { cleanText, finishHash, firstWords, hashText } from '../../core/text-counts.ts';
import { Rng } from '../../core/rng.ts';
import type { FeatureDeclaration, ParsedValue } from '../../core/task.ts';

/** What is watched of a feature: one number, one category, or a set of entries a row. Null is missing. */
export type Measure =
  | { readonly aspect: string; readonly kind: 'ordered'; readonly of: (value: ParsedValue) => number | null }
  | { readonly aspect: string; readonly kind: 'categories'; readonly of: (value: ParsedValue) => string | null }
  | {
      readonly aspect: string;
      readonly kind: 'entries';
      readonly of: (value: ParsedValue) => readonly string[] | null;
    };

/** Directions in which an embedding is looked at, besides its length. */
const DIRECTIONS = 6;
/** Words of a text that stand for it. */
const SAMPLED_WORDS = 8;
const MAX_WORD = 24;
const WORD = /[\p{L}\p{N}]+/gu;

/**
 * Numbers and categories are watched as they are; of a multi-hot value which entries it has and how many; of a text which words it has and how many; of an
 * embedding its length and its projections on a few random directions (a move of all coordinates shows in each of them, a move of one in none).
 * @param seed of the directions
 */
export function measuresOf(declaration: FeatureDeclaration, seed: number): Measure[] {
  switch (declaration.type) {
    case 'numeric':
      return [{ aspect: 'value', kind: 'ordered', of: numberOf }];
    case 'categorical':
      return [{ aspect: 'value', kind: 'categories', of: categoryOf }];
    case 'multi-hot':
      return [
        { aspect: 'entries', kind: 'entries', of: entriesOf },
        { aspect: 'number of entries', kind: 'ordered', of: (value) => entriesOf(value)?.length ?? null },
      ];
    case 'text':
      return textMeasures();
    case 'embedding':
      return embeddingMeasures(declaration.size, Rng.fromSeed(seed));
  }
}

function numberOf(value: ParsedValue): number | null {
  return typeof value === 'number' ? value : null;
}

function categoryOf(value: ParsedValue): string | null {
  return typeof value === 'string' ? value : null;
}

function entriesOf(value: ParsedValue): readonly string[] | null {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : null;
}

/** Works out what several measures of one row need only once; the same value comes again for each of them. */
function remembered<T>(workOut: (value: ParsedValue) => T): (value: ParsedValue) => T {
  let last: { readonly value: ParsedValue; readonly result: T } | null = null;
  return (value) => {
    if (!last || last.value !== value) last = { value, result: workOut(value) };
    return last.result;
  };
}

function textMeasures(): Measure[] {
  const wordsOf = remembered((value) => (typeof value === 'string' ? firstWords(cleanText(value), WORD) : null));
  return [
    { aspect: 'words', kind: 'entries', of: (value) => sampledWords(wordsOf(value)) },
    { aspect: 'number of words', kind: 'ordered', of: (value) => wordsOf(value)?.length ?? null },
  ];
}

/** The words with the lowest hashes: the same words win in every text, so that long texts do not have all of them. */
function sampledWords(words: readonly string[] | null): string[] | null {
  if (!words) return null;
  const distinct = new Map(words.map((word) => [word.slice(0, MAX_WORD), 0]));
  for (const word of distinct.keys()) distinct.set(word, finishHash(hashText(word, 0x811c9dc5)) >>> 0);
  return [...distinct]
    .sort(([, a], [, b]) => a - b)
    .slice(0, SAMPLED_WORDS)
    .map(([word]) => word);
}

function embeddingMeasures(size: number, rng: Rng): Measure[] {
  const directions = Array.from({ length: DIRECTIONS }, () =>
    Float64Array.from({ length: size }, () => (rng.nextInt(2) * 2 - 1) / Math.sqrt(size)),
  );
  const vectorOf = remembered((value) => vectorOfSize(value, size));
  return [
    { aspect: 'length', kind: 'ordered', of: (value) => lengthOf(vectorOf(value)) },
    ...directions.map((direction, index): Measure => ({
      aspect: `direction ${index + 1}`,
      kind: 'ordered',
      of: (value) => projected(vectorOf(value), direction),
    })),
  ];
}

function vectorOfSize(value: ParsedValue, size: number): Float64Array | null {
  if (!Array.isArray(value) || value.length !== size) return null;
  return value.every((entry) => typeof entry === 'number') ? Float64Array.from(value) : null;
}

function lengthOf(vector: Float64Array | null): number | null {
  return vector && Math.sqrt(vector.reduce((sum, each) => sum + each * each, 0));
}

function projected(vector: Float64Array | null, direction: Float64Array): number | null {
  if (!vector) return null;
  let sum = 0;
  for (let i = 0; i < direction.length; i++) sum += vector[i]! * direction[i]!;
  return sum;
}
