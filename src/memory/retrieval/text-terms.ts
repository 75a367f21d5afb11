import {
  cleanText,
  count,
  countGrams,
  finishHash,
  firstWords,
  hashText,
  lengthOf,
  shortestGramOf,
  type Counts,
} from '../../core/text-counts.ts';

/** Terms of a text: different hashes, each with its weight; all weights together have length 1 (0 for a text without words). */
export interface TextTerms {
  /** [n] 32 bits each. */
  readonly hashes: Int32Array;
  /** [n] */
  readonly weights: Float32Array;
}

const LONGEST_GRAM = 4;

const WORDS = /[\p{L}\p{M}\p{N}]+/gu;

/** Parts of the text, and what each weighs beside the others however many terms it has. */
const KINDS = [
  { seed: 0x77, weight: 1, counts: countWords },
  { seed: 0x70, weight: 0.5, counts: countPairs },
  { seed: 0x63, weight: 0.6, counts: countLongGrams },
] as const;

/**
 * Words, word pairs, and character n-grams of 3 and 4 inside words, their borders included; NFKC, lower case, apostrophes closed up. Counts are
 * sublinear: 1 + ln(count).
 */
export function textTerms(text: string): TextTerms {
  const clean = cleanText(text);
  const words = firstWords(clean, WORDS);
  const shortest = shortestGramOf(clean);
  const kinds = KINDS.map(({ seed, weight, counts }) => ({ weight, terms: counts(words, finishHash(seed), shortest) }));
  const present = kinds.filter(({ terms }) => terms.size > 0);
  const size = present.reduce((total, { terms }) => total + terms.size, 0);
  const length = Math.hypot(...present.map(({ weight }) => weight));
  const [hashes, weights] = [new Int32Array(size), new Float32Array(size)];
  let at = 0;
  for (const { terms, weight } of present) {
    const scale = weight / (length * lengthOf(terms));
    for (const [hash, occurrences] of terms) {
      hashes[at] = hash;
      weights[at++] = scale * (1 + Math.log(occurrences));
    }
  }
  return { hashes, weights };
}

function countWords(words: readonly string[], from: number): Counts {
  const counts: Counts = new Map();
  for (const word of words) count(counts, finishHash(hashText(word, from)));
  return counts;
}

function countPairs(words: readonly string[], from: number): Counts {
  const counts: Counts = new Map();
  for (let second = 1; second < words.length; second++) {
    count(counts, finishHash(hashText(words[second]!, hashText(' ', hashText(words[second - 1]!, from)))));
  }
  return counts;
}

function countLongGrams(words: readonly string[], from: number, shortest: number): Counts {
  return countGrams(words, from, shortest, LONGEST_GRAM);
}
