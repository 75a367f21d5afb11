import {
  cleanText,
  count,
  countGrams,
  finishHash,
  firstWords,
  hashText,
  hashUnit,
  lengthOf,
  shortestGramOf,
  type Counts,
} from '../../core/text-counts.ts';

/** Hashed features of an input, finer than the hashed block: different 32-bit hashes, each with its value. */
export interface TokenView {
  /** [n] */
  readonly hashes: Int32Array;
  /** [n] */
  readonly values: Float32Array;
}

const LONGEST_GRAM = 5;

/** Letters, digits, or one other sign: a currency or an exclamation mark can say what a text is. */
const WORDS = /[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}]/gu;
const DIGITS = /^\p{N}+$/u;

/** Parts of a text, and what each weighs beside the others, however many terms it has. */
const KINDS = [
  { seed: 0x77, weight: 1, counts: countWords },
  { seed: 0x70, weight: 0.7, counts: countPairs },
  { seed: 0x63, weight: 0.7, counts: countLongGrams },
] as const;

/**
 * Words, word pairs (the two ends of the text count as words), and character n-grams of 3 to 5 inside words, their borders included; NFKC, lower
 * case, apostrophes closed up; a number counts as itself and by its number of digits. Counts are sublinear, 1 + ln(count), and all values together
 * have length 1. Without stop words or document frequencies: learners with a rate or a variance for each token find out themselves which ones say little.
 * @param seed another one gives other hashes: that of a feature keeps its tokens apart from those of others
 */
export function textTokens(text: string, seed: number): TokenView {
  const clean = cleanText(text);
  const words = firstWords(clean, WORDS);
  const shortest = shortestGramOf(clean);
  const present = KINDS.map((kind) => ({
    weight: kind.weight,
    counts: kind.counts(words, finishHash(hashUnit(seed, kind.seed)), shortest),
  })).filter(({ counts }) => counts.size > 0);
  const size = present.reduce((total, { counts }) => total + counts.size, 0);
  const length = Math.hypot(...present.map(({ weight }) => weight));
  const view = { hashes: new Int32Array(size), values: new Float32Array(size) };
  let at = 0;
  for (const { counts, weight } of present) at = write(counts, weight / (length * lengthOf(counts)), view, at);
  return view;
}

function write(counts: Counts, scale: number, { hashes, values }: TokenView, start: number): number {
  let at = start;
  for (const [hash, occurrences] of counts) {
    hashes[at] = hash;
    values[at++] = scale * (1 + Math.log(occurrences));
  }
  return at;
}

function countWords(words: readonly string[], from: number): Counts {
  const counts: Counts = new Map();
  for (const word of words) {
    count(counts, finishHash(hashText(word, from)));
    if (DIGITS.test(word)) count(counts, finishHash(hashText(shapeOf(word), from)));
  }
  return counts;
}

function countPairs(words: readonly string[], from: number): Counts {
  const counts: Counts = new Map();
  if (words.length === 0) return counts;
  let before = '^';
  for (const word of [...words.map(shapeOf), '$']) {
    count(counts, finishHash(hashText(word, hashText(' ', hashText(before, from)))));
    before = word;
  }
  return counts;
}

/** A number with its digits made alike; any other word as it is. */
function shapeOf(word: string): string {
  return DIGITS.test(word) ? '#'.repeat(word.length) : word;
}

function countLongGrams(words: readonly string[], from: number, shortest: number): Counts {
  return countGrams(words, from, shortest, LONGEST_GRAM);
}
