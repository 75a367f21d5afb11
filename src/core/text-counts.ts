/** Occurrences of terms by their hash. */
export type Counts = Map<number, number>;

/** A text is read up to here; what follows says little more about it, and costs as much. */
const MAX_WORDS = 512;
/** Of longer words (addresses, keys) only the beginning is cut into pieces. */
const MAX_CHARACTERS = 24;
const SHORTEST_GRAM = 3;
/** Where words are not set apart by spaces, shorter pieces are the words. */
const SHORTEST_GRAM_WITHOUT_SPACES = 1;
const WITHOUT_SPACES = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** NFKC, lower case, apostrophes closed up. */
export function cleanText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/['’]/gu, '');
}

/** @param pattern of one word, global */
export function firstWords(clean: string, pattern: RegExp): string[] {
  const words: string[] = [];
  for (const [word] of clean.matchAll(pattern)) {
    if (words.length === MAX_WORDS) break;
    words.push(word);
  }
  return words;
}

/** How short the character n-grams of a clean text may be. */
export function shortestGramOf(clean: string): number {
  return WITHOUT_SPACES.test(clean) ? SHORTEST_GRAM_WITHOUT_SPACES : SHORTEST_GRAM;
}

/** Character n-grams inside words, their borders included. @param from hash to start from */
export function countGrams(words: readonly string[], from: number, shortest: number, longest: number): Counts {
  const counts: Counts = new Map();
  for (const word of words) {
    const padded = ` ${word.slice(0, MAX_CHARACTERS)} `;
    for (let start = 0; start < padded.length; start++) {
      let hash = from;
      const end = Math.min(padded.length, start + longest);
      for (let at = start; at < end; at++) {
        hash = hashUnit(hash, padded.charCodeAt(at));
        if (at - start + 1 >= shortest) count(counts, finishHash(hash));
      }
    }
  }
  return counts;
}

export function count(counts: Counts, hash: number): void {
  counts.set(hash, (counts.get(hash) ?? 0) + 1);
}

/** Length of the vector of sublinear counts, 1 + ln(count). */
export function lengthOf(counts: Counts): number {
  let squares = 0;
  for (const occurrences of counts.values()) squares += (1 + Math.log(occurrences)) ** 2;
  return Math.sqrt(squares);
}

/** FNV-1a over 16-bit code units (Fowler, Noll and Vo), to be ended with {@link finishHash}. */
export function hashText(text: string, from: number): number {
  let hash = from;
  for (let at = 0; at < text.length; at++) hash = hashUnit(hash, text.charCodeAt(at));
  return hash;
}

/** One step of {@link hashText}. */
export function hashUnit(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

/** MurmurHash3's last steps, so that every bit depends on every other. */
export function finishHash(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
