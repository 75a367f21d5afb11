/** Terms of a text: different hashes, each with its weight; all weights together have length 1 (0 for a text without words). */
export interface TextTerms {
  /** [n] 32 bits each. */
  readonly hashes: Int32Array;
  /** [n] */
  readonly weights: Float32Array;
}

/** A text is read up to here; what follows says little more about it, and costs as much. */
const MAX_WORDS = 512;
/** Of longer words (addresses, keys) only the beginning is cut into pieces. */
const MAX_CHARACTERS = 24;
const LONGEST_GRAM = 4;
const SHORTEST_GRAM = 3;
/** Where words are not set apart by spaces, shorter pieces are the words. */
const SHORTEST_GRAM_WITHOUT_SPACES = 1;
const WITHOUT_SPACES = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

const WORDS = /[\p{L}\p{M}\p{N}]+/gu;

/** Parts of the text, and what each weighs beside the others however many terms it has. */
const KINDS = [
  { seed: 0x77, weight: 1, counts: countWords },
  { seed: 0x70, weight: 0.5, counts: countPairs },
  { seed: 0x63, weight: 0.6, counts: countGrams },
] as const;

type Counts = Map<number, number>;

/**
 * Words, word pairs, and character n-grams of 3 and 4 inside words, their borders included; NFKC, lower case, apostrophes closed up. Counts are
 * sublinear: 1 + ln(count).
 */
export function textTerms(text: string): TextTerms {
  const clean = text.normalize('NFKC').toLowerCase().replace(/['’]/gu, '');
  const words = firstWords(clean);
  const shortest = WITHOUT_SPACES.test(clean) ? SHORTEST_GRAM_WITHOUT_SPACES : SHORTEST_GRAM;
  const kinds = KINDS.map(({ seed, weight, counts }) => ({ weight, terms: counts(words, finish(seed), shortest) }));
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

function firstWords(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(WORDS)) {
    if (words.length === MAX_WORDS) break;
    words.push(word);
  }
  return words;
}

function lengthOf(counts: Counts): number {
  let squares = 0;
  for (const count of counts.values()) squares += (1 + Math.log(count)) ** 2;
  return Math.sqrt(squares);
}

function countWords(words: readonly string[], from: number): Counts {
  const counts: Counts = new Map();
  for (const word of words) count(counts, finish(hashed(word, from)));
  return counts;
}

function countPairs(words: readonly string[], from: number): Counts {
  const counts: Counts = new Map();
  for (let second = 1; second < words.length; second++) {
    count(counts, finish(hashed(words[second]!, hashed(' ', hashed(words[second - 1]!, from)))));
  }
  return counts;
}

function countGrams(words: readonly string[], from: number, shortest: number): Counts {
  const counts: Counts = new Map();
  for (const word of words) {
    const padded = ` ${word.slice(0, MAX_CHARACTERS)} `;
    for (let start = 0; start < padded.length; start++) {
      let hash = from;
      const end = Math.min(padded.length, start + LONGEST_GRAM);
      for (let at = start; at < end; at++) {
        hash = next(hash, padded.charCodeAt(at));
        if (at - start + 1 >= shortest) count(counts, finish(hash));
      }
    }
  }
  return counts;
}

function count(counts: Counts, hash: number): void {
  counts.set(hash, (counts.get(hash) ?? 0) + 1);
}

/** FNV-1a over 16-bit code units (Fowler, Noll and Vo), with MurmurHash3's last steps so that every bit depends on every other. */
function hashed(text: string, from: number): number {
  let hash = from;
  for (let at = 0; at < text.length; at++) hash = next(hash, text.charCodeAt(at));
  return hash;
}

function next(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
