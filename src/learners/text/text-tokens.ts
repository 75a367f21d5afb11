/** Hashed features of an input, finer than the hashed block: different 32-bit hashes, each with its value. */
export interface TokenView {
  /** [n] */
  readonly hashes: Int32Array;
  /** [n] */
  readonly values: Float32Array;
}

/** A text is read up to here; what follows says little more about it, and costs as much. */
const MAX_WORDS = 512;
/** Of longer words (addresses, keys) only the beginning is cut into pieces. */
const MAX_CHARACTERS = 24;
const LONGEST_GRAM = 5;
const SHORTEST_GRAM = 3;
/** Where words are not set apart by spaces, shorter pieces are the words. */
const SHORTEST_GRAM_WITHOUT_SPACES = 1;
const WITHOUT_SPACES = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** Letters, digits, or one other sign: a currency or an exclamation mark can say what a text is. */
const WORDS = /[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}]/gu;
const DIGITS = /^\p{N}+$/u;

/** Parts of a text, and what each weighs beside the others, however many terms it has. */
const KINDS = [
  { seed: 0x77, weight: 1, counts: countWords },
  { seed: 0x70, weight: 0.7, counts: countPairs },
  { seed: 0x63, weight: 0.7, counts: countGrams },
] as const;

type Counts = Map<number, number>;

/**
 * Words, word pairs (the two ends of the text count as words), and character n-grams of 3 to 5 inside words, their borders included; NFKC, lower
 * case, apostrophes closed up; a number counts as itself and by its number of digits. Counts are sublinear, 1 + ln(count), and all values together
 * have length 1. Without stop words or document frequencies: learners with a rate or a variance for each token find out themselves which ones say little.
 * @param seed another one gives other hashes: that of a feature keeps its tokens apart from those of others
 */
export function textTokens(text: string, seed: number): TokenView {
  const clean = text.normalize('NFKC').toLowerCase().replace(/['’]/gu, '');
  const words = firstWords(clean);
  const shortest = WITHOUT_SPACES.test(clean) ? SHORTEST_GRAM_WITHOUT_SPACES : SHORTEST_GRAM;
  const present = KINDS.map((kind) => ({
    weight: kind.weight,
    counts: kind.counts(words, finish(next(seed, kind.seed)), shortest),
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

function lengthOf(counts: Counts): number {
  let squares = 0;
  for (const occurrences of counts.values()) squares += (1 + Math.log(occurrences)) ** 2;
  return Math.sqrt(squares);
}

function firstWords(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(WORDS)) {
    if (words.length === MAX_WORDS) break;
    words.push(word);
  }
  return words;
}

function countWords(words: readonly string[], from: number): Counts {
  const counts: Counts = new Map();
  for (const word of words) {
    count(counts, finish(hashed(word, from)));
    if (DIGITS.test(word)) count(counts, finish(hashed(shapeOf(word), from)));
  }
  return counts;
}

function countPairs(words: readonly string[], from: number): Counts {
  const counts: Counts = new Map();
  if (words.length === 0) return counts;
  let before = '^';
  for (const word of [...words.map(shapeOf), '$']) {
    count(counts, finish(hashed(word, hashed(' ', hashed(before, from)))));
    before = word;
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

/** A number with its digits made alike; any other word as it is. */
function shapeOf(word: string): string {
  return DIGITS.test(word) ? '#'.repeat(word.length) : word;
}

function count(counts: Counts, hash: number): void {
  counts.set(hash, (counts.get(hash) ?? 0) + 1);
}

function hashed(text: string, from: number): number {
  let hash = from;
  for (let at = 0; at < text.length; at++) hash = next(hash, text.charCodeAt(at));
  return hash;
}

/** FNV-1a over 16-bit code units (Fowler, Noll and Vo), with MurmurHash3's last steps so that every bit depends on every other. */
function next(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
